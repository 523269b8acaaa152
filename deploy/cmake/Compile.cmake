# How everything is compiled: language, warnings, sanitizers, linker, cache.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Checkouts in different folders share what they have compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}
      CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
endif()

# Flags of our own code; generated code only gets the sanitizers.
add_library(apogee_flags INTERFACE)
target_compile_options(
  apogee_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wno-unused-parameter
                         -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(apogee_flags INTERFACE -Wthread-safety)
else()
  # g++ 12 sees overlaps in std::string that are not there (GCC bug 105651).
  target_compile_options(apogee_flags INTERFACE -Wno-restrict)
endif()
if(APOGEE_WERROR)
  target_compile_options(apogee_flags INTERFACE -Werror)
endif()
target_compile_definitions(apogee_flags INTERFACE $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)

if(APOGEE_SANITIZE MATCHES "address")
  # Eigen steps from row to row in matrices without columns, which are null.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=pointer-overflow
                      -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(APOGEE_SANITIZE MATCHES "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
endif()
if(APOGEE_SANITIZE MATCHES "fuzzer")
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(APOGEE_COVERAGE)
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()

# The fastest linker at hand.
foreach(linker mold lld)
  find_program(APOGEE_LINKER_${linker} NAMES ${linker} ld.${linker})
  if(APOGEE_LINKER_${linker})
    add_link_options(-fuse-ld=${linker})
    break()
  endif()
endforeach()
