#pragma once

#include <string>
#include <vector>

#include "CLI/CLI.hpp"

namespace apogee {

// How an option's value is called: "FILE", "table|json"; an argument's is its
// name. Empty for a flag.
std::string ValueName(const CLI::Option& option);
// The values the option is limited to; empty when there are others.
std::vector<std::string> Choices(const CLI::Option& option);
// The options of a command, or else its arguments, as they were declared.
std::vector<const CLI::Option*> Options(const CLI::App& app);
std::vector<const CLI::Option*> Arguments(const CLI::App& app);
// The first paragraph of the command's description; of that, one sentence.
std::string Summary(const CLI::App& app);

// The text of --help, in 80 columns.
class HelpFormatter : public CLI::FormatterBase {
 public:
  // `usage` is empty for the usual one.
  explicit HelpFormatter(std::string usage) : usage_(std::move(usage)) {}

  // NOLINTNEXTLINE(readability-identifier-naming): overrides
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;

 private:
  const std::string usage_;
};

}  // namespace apogee
