#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace apogee {

// Every setting of apogeed, with its default.
struct Config {
  std::vector<std::string> listen = {"localhost:28080"};
  std::string store = "sqlite:apogee.db";
  std::string port_file;       // empty writes none
  std::string http;            // empty serves no HTTP
  std::string http_port_file;  // empty writes none
  std::string log_level = "info";
  std::string log_format = "text";
  double suggest_wait_seconds = 30;
  double study_idle_seconds = 900;
  double pythia_timeout_seconds = 600;
  std::string remote_regressor;  // empty asks none
  double remote_regressor_deadline_seconds = 2;
  double drain_seconds = 10;
  int max_receive_mib = 64;
  double train_minutes = 15;
  double train_check_seconds = 600;
};

// The settings that the command line names (the environment variables that
// --help shows stand in for flags that are not given). Answers --help and
// --version itself: then, and when the line is wrong, the process exits, with
// code 0 or 2.
Config ParseCommandLine(int argc, char** argv);

}  // namespace apogee
