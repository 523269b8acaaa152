// A worker in C++: parameters from the environment, the result as a line.

#include <cstdlib>
#include <iostream>

int main() {
  const double temperature = std::atof(std::getenv("APOGEE_PARAM_TEMPERATURE"));
  const double seconds = std::atof(std::getenv("APOGEE_PARAM_SECONDS"));
  const char* const milk = std::getenv("APOGEE_PARAM_MILK");  // dark roast only

  const double taste = 10 - (temperature - 93) * (temperature - 93) / 20 -
                       (seconds - 28) * (seconds - 28) / 100 +
                       (milk != nullptr ? std::atof(milk) : 0);
  std::cout << "apogee: taste=" << taste << std::endl;
}
