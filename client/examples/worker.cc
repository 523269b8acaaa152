// A worker in C++: parameters from the environment, the result as a line.

#include <cstdlib>
#include <iostream>

// The parameter, or 0 when this trial does not have it.
double Parameter(const char* variable) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? 0 : std::atof(text);
}

int main() {
  const double temperature = Parameter("APOGEE_PARAM_TEMPERATURE") - 93;
  const double seconds = Parameter("APOGEE_PARAM_SECONDS") - 28;
  const double milk = Parameter("APOGEE_PARAM_MILK");  // dark roast only

  const double taste =
      10 - temperature * temperature / 20 - seconds * seconds / 100 + milk;
  std::cout << "apogee: taste=" << taste << std::endl;
}
