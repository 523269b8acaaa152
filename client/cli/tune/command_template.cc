#include "client/cli/tune/command_template.h"

#include <algorithm>
#include <map>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/nearest.h"
#include "base/status_macros.h"
#include "client/cli/exit_code.h"
#include "client/cli/json.h"
#include "client/cli/parameters.h"
#include "proto/print.h"

namespace apogee {
namespace {

constexpr char kTrialId[] = "trial_id";
constexpr char kStudy[] = "study";

// Nothing for a parameter that the trial does not have.
std::optional<std::string> ValueOf(const std::string& name,
                                   const CommandContext& context) {
  for (const auto& parameter : context.trial->parameters()) {
    if (parameter.parameter_id() == name) return ValueText(parameter.value());
  }
  if (name == kTrialId) return context.trial->id();
  if (name == kStudy) return context.study;
  return std::nullopt;
}

}  // namespace

bool CommandTemplate::Argument::IsLiteral() const {
  return std::none_of(pieces.begin(), pieces.end(),
                      [](const Piece& piece) { return piece.is_place; });
}

bool CommandTemplate::Argument::StandsForOne() const {
  if (pieces.size() == 1) return pieces[0].is_place;
  return pieces.size() == 2 && !pieces[0].is_place && pieces[1].is_place &&
         absl::StartsWith(pieces[0].text, "-") &&
         pieces[0].text.find('=') == pieces[0].text.size() - 1;
}

absl::StatusOr<CommandTemplate::Argument> CommandTemplate::ParseArgument(
    absl::string_view text, const std::vector<std::string>& names) {
  Argument argument;
  std::string literal;
  const auto end_literal = [&] {
    if (!literal.empty()) argument.pieces.push_back({false, literal});
    literal.clear();
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '{' && c != '}') {
      literal += c;
      continue;
    }
    if (i + 1 < text.size() && text[i + 1] == c) {
      literal += c;
      ++i;
      continue;
    }
    const size_t end = c == '{' ? text.find('}', i) : absl::string_view::npos;
    if (end == absl::string_view::npos) {
      return UsageError(absl::StrCat("the brace in ", Quoted(text),
                                     " has no partner; for a brace as such "
                                     "write {{ or }}"));
    }
    const std::string name(text.substr(i + 1, end - i - 1));
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      return UsageError(absl::StrCat(
          "the study has no parameter ", Quoted(name), " for ", Quoted(text),
          DidYouMean(name, names), "; for a brace as such write {{ or }}"));
    }
    end_literal();
    argument.pieces.push_back({true, name});
    i = end;
  }
  end_literal();
  return argument;
}

absl::StatusOr<CommandTemplate> CommandTemplate::Parse(
    absl::Span<const std::string> command, const vizier::StudySpec& spec) {
  std::vector<std::string> names = ParameterNames(spec);
  names.insert(names.end(), {kTrialId, kStudy});
  CommandTemplate result;
  for (const std::string& text : command) {
    ASSIGN_OR_RETURN(Argument argument, ParseArgument(text, names));
    result.arguments_.push_back(std::move(argument));
  }
  return result;
}

std::string CommandTemplate::program() const {
  if (arguments_.empty() || !arguments_[0].IsLiteral() ||
      arguments_[0].pieces.empty()) {
    return "";
  }
  return arguments_[0].pieces[0].text;
}

std::vector<std::string> CommandTemplate::Expand(
    const CommandContext& context) const {
  std::vector<std::string> command;
  bool flag_before = false;  // the last of `command` is a literal flag
  for (const Argument& argument : arguments_) {
    std::string text;
    bool missing = false;
    for (const Piece& piece : argument.pieces) {
      const std::optional<std::string> value =
          piece.is_place ? ValueOf(piece.text, context) : piece.text;
      missing = missing || !value;
      text += value.value_or("");
    }
    if (missing && argument.StandsForOne()) {
      if (argument.pieces.size() == 1 && flag_before) command.pop_back();
      flag_before = false;
      continue;
    }
    flag_before = argument.IsLiteral() && absl::StartsWith(text, "-") &&
                  !absl::StrContains(text, "=") && !command.empty();
    command.push_back(std::move(text));
  }
  return command;
}

std::string EnvironmentName(absl::string_view parameter) {
  std::string name = "APOGEE_PARAM_";
  for (const char c : parameter) {
    const auto byte = static_cast<unsigned char>(c);
    name += absl::ascii_isalnum(byte) ? absl::ascii_toupper(byte) : '_';
  }
  return name;
}

absl::Status CheckEnvironmentNames(const vizier::StudySpec& spec) {
  std::map<std::string, std::string> owners;
  for (const std::string& parameter : ParameterNames(spec)) {
    const auto [it, is_new] =
        owners.emplace(EnvironmentName(parameter), parameter);
    if (!is_new) {
      return UsageError(absl::StrCat("parameters ", Quoted(it->second), " and ",
                                     Quoted(parameter),
                                     " would both be the environment variable ",
                                     it->first, "; rename one of them"));
    }
  }
  return absl::OkStatus();
}

Environment TrialEnvironment(const vizier::StudySpec& spec,
                             const CommandContext& context) {
  Environment environment;
  for (const auto& parameter : context.trial->parameters()) {
    environment.emplace_back(EnvironmentName(parameter.parameter_id()),
                             ValueText(parameter.value()));
  }
  environment.emplace_back("APOGEE_PARAMS",
                           JsonText(ParametersJson(spec, *context.trial)));
  environment.emplace_back("APOGEE_TRIAL_ID", context.trial->id());
  environment.emplace_back("APOGEE_STUDY", context.study);
  return environment;
}

}  // namespace apogee
