#include "tests/bench/apogeed.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace apogee {
namespace {

// What GET `path` answers, headers and all; empty if nobody does.
std::string HttpGet(int port, absl::string_view path) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address),
              sizeof(address)) == 0) {
    const std::string request =
        absl::StrCat("GET ", path,
                     " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                     "\r\n");
    ssize_t bytes = write(fd, request.data(), request.size());
    char buffer[4096];
    while (bytes > 0 && (bytes = read(fd, buffer, sizeof(buffer))) > 0) {
      answer.append(buffer, static_cast<size_t>(bytes));
    }
  }
  close(fd);
  return answer;
}

// The value of a metric without labels.
double Metric(absl::string_view page, absl::string_view name) {
  for (absl::string_view line : absl::StrSplit(page, '\n')) {
    double value = 0;
    if (absl::ConsumePrefix(&line, name) && absl::ConsumePrefix(&line, " ") &&
        absl::SimpleAtod(absl::StripAsciiWhitespace(line), &value)) {
      return value;
    }
  }
  Die(absl::StrCat("apogeed's /metrics has no ", name));
}

std::string HttpPortFile(const std::string& file) { return file + ".http"; }

}  // namespace

Apogeed::Apogeed(const std::string& directory, const std::string& file)
    : server_({APOGEED_PATH, "--log-level", "warn", "--store",
               absl::StrCat("sqlite:", file), "--http", "127.0.0.1:0",
               "--http-port-file", HttpPortFile(file)},
              directory) {
  // It was there before the server listened.
  std::string http;
  std::ifstream(HttpPortFile(file)) >> http;
  if (!absl::SimpleAtoi(http.substr(http.rfind(':') + 1), &http_port_)) {
    Die(absl::StrCat("apogeed wrote \"", http, "\" as its HTTP address"));
  }
}

Apogeed::Writes Apogeed::CountWrites() const {
  const std::string page = HttpGet(http_port_, "/metrics");
  return {.commits = Metric(page, "apogee_commits_total"),
          .groups = Metric(page, "apogee_commit_seconds_count"),
          .rows = Metric(page, "apogee_commit_rows_sum")};
}

}  // namespace apogee
