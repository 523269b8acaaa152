#include "client/cli/completion.h"

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/cli/help.h"

namespace apogee {
namespace {

bool TakesValue(const CLI::Option& option) {
  return option.get_items_expected_max() > 0;
}

// "FILE": of an argument its type if it has one of its own, else its name.
std::string Kind(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  return option.get_positional() && (type.empty() || type == "TEXT")
             ? ValueName(option)
             : type.substr(0, type.find(':'));
}

std::string LongName(const CLI::Option& option) {
  return option.get_lnames().empty()
             ? absl::StrCat("-", option.get_snames().front())
             : absl::StrCat("--", option.get_lnames().front());
}

// Reads a line word by word, as far as it has been typed.
class LineReader {
 public:
  explicit LineReader(const CLI::App& app) : app_(&app) {}

  void Read(const std::string& word) {
    if (waiting_ != nullptr) {
      options_[LongName(*waiting_)] = word;
      waiting_ = nullptr;
    } else if (word == "--") {
      dashes_ = true;
    } else if (word.size() > 1 && word.front() == '-') {
      ReadOption(word);
    } else if (const CLI::App* const command = FindCommand(word)) {
      app_ = command;
    } else {
      ++arguments_;
    }
  }

  // The option of that name, of the command or of one above it.
  const CLI::Option* FindOption(const std::string& name) const {
    for (const CLI::App* app = app_; app != nullptr; app = app->get_parent()) {
      for (const CLI::Option* const option : Options(*app)) {
        if (option->check_name(name)) return option;
      }
    }
    return nullptr;
  }

  const CLI::App& app() const { return *app_; }
  // The option whose value comes next, if one does.
  const CLI::Option* waiting() const { return waiting_; }
  // The argument that comes next, if one does.
  const CLI::Option* argument() const {
    const std::vector<const CLI::Option*> all = Arguments(*app_);
    if (arguments_ < all.size()) return all[arguments_];
    const bool repeats =
        !all.empty() && all.back()->get_items_expected_max() > 1;
    return repeats ? all.back() : nullptr;
  }
  // Whether a worker's command has begun.
  bool dashes() const { return dashes_; }
  const LineOptions& options() const { return options_; }

 private:
  void ReadOption(const std::string& word) {
    const size_t equals = word.find('=');
    const bool is_long = absl::StartsWith(word, "--");
    const CLI::Option* const option =
        FindOption(is_long ? word.substr(0, equals) : word.substr(0, 2));
    if (option == nullptr || !TakesValue(*option)) return;
    if (is_long && equals != std::string::npos) {
      options_[LongName(*option)] = word.substr(equals + 1);
    } else if (!is_long && word.size() > 2) {
      options_[LongName(*option)] = word.substr(2);
    } else {
      waiting_ = option;
    }
  }

  const CLI::App* FindCommand(const std::string& word) const {
    for (const CLI::App* const command : app_->get_subcommands(nullptr)) {
      if (command->check_name(word)) return command;
    }
    return nullptr;
  }

  const CLI::App* app_;
  const CLI::Option* waiting_ = nullptr;
  size_t arguments_ = 0;
  bool dashes_ = false;
  LineOptions options_;
};

class Completer {
 public:
  Completer(const CLI::App& app, const Lookup& lookup)
      : line_(app), lookup_(lookup) {}

  Completion Complete(const std::vector<std::string>& words) {
    for (size_t i = 0; i + 1 < words.size(); ++i) line_.Read(words[i]);
    prefix_ = words.empty() ? "" : words.back();
    if (line_.dashes()) {
      result_.files = true;
    } else if (line_.waiting() != nullptr) {
      AddValues(*line_.waiting());
    } else if (absl::StartsWith(prefix_, "-")) {
      CompleteOption();
    } else {
      for (const auto* const command : line_.app().get_subcommands(nullptr)) {
        Add(command->get_name(), Summary(*command));
      }
      if (line_.argument() != nullptr) AddValues(*line_.argument());
      if (prefix_.empty() && line_.argument() == nullptr) AddNames();
    }
    return std::move(result_);
  }

 private:
  void Add(const std::string& value, const std::string& description) {
    if (absl::StartsWith(value, prefix_) && seen_.insert(value).second) {
      result_.candidates.push_back({value, description});
    }
  }

  void CompleteOption() {
    const size_t equals = prefix_.find('=');
    if (equals == std::string::npos) return AddNames();
    const CLI::Option* const option =
        line_.FindOption(prefix_.substr(0, equals));
    prefix_ = prefix_.substr(equals + 1);
    if (option != nullptr) AddValues(*option);
  }

  // The options' names: the command's, and of those above it. Unless one is
  // begun, those of a noun come after its commands.
  void AddNames() {
    const bool has_commands = !line_.app().get_subcommands(nullptr).empty();
    if (prefix_.empty() && has_commands) return;
    for (const CLI::App* app = &line_.app(); app != nullptr;
         app = app->get_parent()) {
      for (const CLI::Option* const option : Options(*app)) {
        Add(LongName(*option), option->get_description());
      }
    }
  }

  void AddValues(const CLI::Option& option) {
    for (const std::string& choice : Choices(option)) Add(choice, "");
    for (const absl::string_view kind : absl::StrSplit(Kind(option), '|')) {
      if (kind == "FILE" || kind == "FOLDER") {
        result_.files = true;
        continue;
      }
      for (const std::string& name : lookup_(kind, prefix_, line_.options())) {
        Add(name, "");
      }
    }
  }

  LineReader line_;
  const Lookup& lookup_;
  std::string prefix_;
  std::set<std::string> seen_;
  Completion result_;
};

}  // namespace

Completion Complete(const CLI::App& app, const std::vector<std::string>& words,
                    const Lookup& lookup) {
  return Completer(app, lookup).Complete(words);
}

}  // namespace apogee
