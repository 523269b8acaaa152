// apogee completion: scripts that have the shell ask us what may come next.

#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/cli/completion.h"
#include "client/cli/exit_code.h"
#include "client/cli/session.h"

namespace apogee {
namespace {

// A person waits with a finger on the key.
constexpr absl::Duration kPatience = absl::Milliseconds(500);
constexpr int kMostStudies = 1000;

// What "completion words" prints: a line per candidate, with a tab before its
// description; "/" alone asks the shell for the names of files.
constexpr char kFiles[] = "/\n";

constexpr char kBash[] = R"(# bash completion for apogee
_apogee() {
  local line=${COMP_LINE:0:COMP_POINT} words last cut="" answer
  # Not COMP_WORDS: those break at "=" and ":". Backslashes are the shell's.
  # shellcheck disable=SC2162
  read -a words <<<"$line"
  [[ $line == *[[:blank:]] ]] && words+=("")
  last=${words[-1]}
  # Before a colon nothing is replaced.
  [[ $last == *:* && $COMP_WORDBREAKS == *:* ]] && cut=${last%"${last##*:}"}
  COMPREPLY=()
  while IFS=$'\t' read -r answer _; do
    if [[ $answer == / ]]; then
      compopt -o filenames
      mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "${last##*=}")
    else
      printf -v answer %q "$answer"
      COMPREPLY+=("${answer#"$cut"}")
    fi
  done < <("$1" completion words -- "${words[@]:1}" 2>/dev/null)
}
complete -F _apogee apogee
)";

constexpr char kZsh[] = R"(#compdef apogee
# zsh completion for apogee
_apogee() {
  local answer value
  local -a answers described
  answers=("${(@f)$("${words[1]}" completion words -- \
    "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  # Of --option=value the value is completed.
  compset -P '--*='
  for answer in $answers; do
    if [[ $answer == / ]]; then
      _files
    else
      value=${answer%%$'\t'*}
      value=${value//:/\\:}:${answer#*$'\t'}
      described+=("${value%:}")
    fi
  done
  _describe apogee described
}
if [[ ${funcstack[1]} == _apogee ]]; then
  _apogee "$@"
else
  compdef _apogee apogee
fi
)";

std::vector<std::string> Studies(const Client& client, absl::string_view prefix,
                                 const std::string& owner) {
  // "owners/eva/st": hers, by their whole names.
  OwnerName of{.owner = owner};
  const bool whole = absl::StartsWith(prefix, "owners/");
  if (whole) {
    const absl::string_view rest = prefix.substr(sizeof("owners/") - 1);
    of.owner = std::string(rest.substr(0, rest.find('/')));
  }
  const auto studies = client.ListStudies(of.ToString(), kMostStudies);
  if (!studies.ok()) return {};
  std::vector<std::string> names;
  for (const vizier::Study& study : *studies) {
    names.push_back(whole ? study.name() : study.display_name());
  }
  return names;
}

std::vector<std::string> Algorithms(const Client& client) {
  const auto response = client.ListAlgorithms();
  if (!response.ok()) return {};
  std::vector<std::string> names;
  for (const auto& algorithm : response->algorithms()) {
    names.push_back(algorithm.name());
  }
  return names;
}

absl::Status PrintWords(const CLI::App& app, const Session& session,
                        const std::vector<std::string>& words) {
  const Lookup lookup = [&session](absl::string_view kind,
                                   absl::string_view prefix,
                                   const LineOptions& options) {
    const auto given = [&options](const char* name, const std::string& usual) {
      const auto option = options.find(name);
      return option == options.end() ? usual : option->second;
    };
    const Client client(Connect(given("--server", session.server)),
                        {.timeout = kPatience});
    if (kind == "STUDY") {
      return Studies(client, prefix, given("--owner", session.owner));
    }
    return kind == "ALGORITHM" ? Algorithms(client)
                               : std::vector<std::string>();
  };
  const Completion completion = Complete(app, words, lookup);
  std::string text;
  for (const auto& [value, description] : completion.candidates) {
    absl::StrAppend(&text, value, "\t", description, "\n");
  }
  if (completion.files) text += kFiles;
  session.Print(text);
  return absl::OkStatus();
}

}  // namespace

void AddCompletion(CLI::App& app, Session& session, CommandLine& line,
                   const std::vector<std::string>& command) {
  CLI::App& completion = *CommandLine::AddNoun(
      app, "completion", "Have the shell complete commands, options and names",
      "  source <(apogee completion bash)\n"
      "  source <(apogee completion zsh)\n");
  line.AddVerb(completion, "bash",
               "Print the completion script for bash\n\n"
               "To have it in every shell, add the first of the lines below to "
               "~/.bashrc, or do the second once.",
               "  source <(apogee completion bash)\n"
               "  apogee completion bash > "
               "~/.local/share/bash-completion/completions/apogee\n",
               [&session] {
                 session.Print(kBash);
                 return absl::OkStatus();
               });
  line.AddVerb(completion, "zsh",
               "Print the completion script for zsh\n\n"
               "To have it in every shell, add the first of the lines below to "
               "~/.zshrc after compinit, or do the second once, with a folder "
               "of your fpath.",
               "  source <(apogee completion zsh)\n"
               "  apogee completion zsh > ~/.zfunc/_apogee\n",
               [&session] {
                 session.Print(kZsh);
                 return absl::OkStatus();
               });
  CLI::App* const words = line.AddVerb(
      completion, "words",
      "Print what may come next on a line: what the scripts ask\n\n"
      "A candidate to a line, with a tab and a description; the line / stands "
      "for the names of files. The last word, perhaps empty, is the one to "
      "complete. A server that does not answer at once is not waited for.",
      "  apogee completion words -- study show dig\n",
      [&app, &session, &command] { return PrintWords(app, session, command); });
  CommandLine::SetUp(*words, "apogee completion words -- WORD...",
                     words->get_footer());
}

}  // namespace apogee
