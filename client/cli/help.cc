#include "client/cli/help.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace apogee {
namespace {

constexpr size_t kWidth = 80;
// Where descriptions begin.
constexpr size_t kColumn = 26;

// The words of `text` in lines of at most `width` characters.
std::vector<std::string> Wrapped(absl::string_view text, size_t width) {
  std::vector<std::string> lines;
  for (const absl::string_view word :
       absl::StrSplit(text, absl::ByAnyChar(" \n"), absl::SkipEmpty())) {
    if (lines.empty() || lines.back().size() + 1 + word.size() > width) {
      lines.emplace_back(word);
    } else {
      absl::StrAppend(&lines.back(), " ", word);
    }
  }
  return lines;
}

// Paragraphs, wrapped. Lines that begin with a blank stay as they are.
std::string Prose(absl::string_view text) {
  std::string result;
  std::string paragraph;
  const auto flush = [&] {
    for (const std::string& line : Wrapped(paragraph, kWidth)) {
      absl::StrAppend(&result, line, "\n");
    }
    paragraph.clear();
  };
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!line.empty() && line.front() != ' ') {
      absl::StrAppend(&paragraph, line, "\n");
      continue;
    }
    flush();
    absl::StrAppend(&result, line, "\n");
  }
  flush();
  return result;
}

// One entry of a list: the name, and what it is beside or below that.
std::string Entry(absl::string_view name, absl::string_view description) {
  std::string text = absl::StrCat("  ", name);
  bool fits = text.size() + 2 <= kColumn;
  for (const std::string& line : Wrapped(description, kWidth - kColumn)) {
    if (!fits) text += "\n";
    text += std::string(kColumn - (fits ? text.size() : 0), ' ') + line;
    fits = false;
  }
  return text + "\n";
}

// "-f, --file FILE"
std::string Flags(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) {
    names.push_back(absl::StrCat("-", name));
  }
  for (const std::string& name : option.get_lnames()) {
    names.push_back(absl::StrCat("--", name));
  }
  const std::string value = ValueName(option);
  return absl::StrCat(absl::StrJoin(names, ", "), value.empty() ? "" : " ",
                      value);
}

std::string Description(const CLI::Option& option) {
  std::string text = option.get_description();
  if (option.get_required() && option.nonpositional()) text += " (required)";
  if (!option.get_envname().empty()) {
    absl::StrAppend(&text, " (variable: ", option.get_envname(), ")");
  }
  return text;
}

bool Repeats(const CLI::Option& option) {
  return option.get_items_expected_max() > 1;
}

std::string UsualUsage(const CLI::App& app, absl::string_view name) {
  std::string usage = absl::StrCat(name, " [OPTIONS]");
  for (const CLI::Option* const argument : Arguments(app)) {
    const std::string text =
        absl::StrCat(ValueName(*argument), Repeats(*argument) ? "..." : "");
    absl::StrAppend(
        &usage, " ",
        argument->get_required() ? text : absl::StrCat("[", text, "]"));
  }
  if (!app.get_subcommands(nullptr).empty()) usage += " COMMAND";
  return usage;
}

}  // namespace

std::string ValueName(const CLI::Option& option) {
  if (option.get_positional()) return option.get_name(true, false);
  if (option.get_items_expected_max() == 0) return "";
  const std::vector<std::string> choices = Choices(option);
  if (!choices.empty()) return absl::StrJoin(choices, "|");
  // Behind a colon CLI11 says what its checks expect.
  const std::string type = option.get_type_name();
  return type.substr(0, type.find(':'));
}

std::vector<std::string> Choices(const CLI::Option& option) {
  const std::string type = option.get_type_name();  // "TEXT:{table,json}"
  const size_t begin = type.find(":{");
  if (begin == std::string::npos || !absl::EndsWith(type, "}")) return {};
  return absl::StrSplit(type.substr(begin + 2, type.size() - begin - 3), ',');
}

std::vector<const CLI::Option*> Options(const CLI::App& app) {
  return app.get_options([](const CLI::Option* option) {
    return option->nonpositional() && !option->get_group().empty();
  });
}

std::vector<const CLI::Option*> Arguments(const CLI::App& app) {
  return app.get_options(
      [](const CLI::Option* option) { return option->get_positional(); });
}

std::string Summary(const CLI::App& app) {
  const std::string text = app.get_description();
  return text.substr(0, std::min(text.find("\n\n"), text.find(". ")));
}

// NOLINTNEXTLINE(readability-identifier-naming): overrides
std::string HelpFormatter::make_help(const CLI::App* app, std::string name,
                                     CLI::AppFormatMode /*mode*/) const {
  const std::pair<std::string, std::string> description =
      absl::StrSplit(app->get_description(), absl::MaxSplits("\n\n", 1));
  std::string text = absl::StrCat(
      Prose(description.first),
      "\nUsage: ", usage_.empty() ? UsualUsage(*app, name) : usage_, "\n");
  if (!description.second.empty()) {
    absl::StrAppend(&text, "\n", Prose(description.second));
  }
  std::string group = "Arguments";
  for (const CLI::Option* const argument : Arguments(*app)) {
    if (!group.empty()) absl::StrAppend(&text, "\n", group, ":\n");
    text += Entry(ValueName(*argument), Description(*argument));
    group.clear();
  }
  for (const CLI::Option* const option : Options(*app)) {
    if (option->get_group() != group) {
      group = option->get_group();
      absl::StrAppend(&text, "\n", group, ":\n");
    }
    text += Entry(Flags(*option), Description(*option));
  }
  const std::vector<const CLI::App*> commands = app->get_subcommands(nullptr);
  if (!commands.empty()) text += "\nCommands:\n";
  for (const CLI::App* const command : commands) {
    text += Entry(command->get_name(), Summary(*command));
  }
  return absl::StrCat(text, "\n", app->get_footer());
}

}  // namespace apogee
