# Writes OUTPUT: each file of MIGRATIONS, in order, as a C++ raw string.
list(SORT MIGRATIONS)
set(text "")
foreach(file IN LISTS MIGRATIONS)
  file(READ ${file} sql)
  string(APPEND text "R\"sql(${sql})sql\",\n")
endforeach()
file(WRITE ${OUTPUT} "${text}")
