// apogee algorithm: what the server can search with.

#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/nearest.h"
#include "base/status_macros.h"
#include "client/cli/json.h"
#include "client/cli/session.h"
#include "proto/print.h"

namespace apogee {
namespace {

using apogee::v1::AlgorithmInfo;

absl::Status List(const Session& session) {
  ASSIGN_OR_RETURN(const apogee::v1::ListAlgorithmsResponse response,
                   session.Connect().ListAlgorithms());
  Json document = Json::array();
  Table table({{"NAME"}, {"LEARNS"}, {"OBJECTIVES"}, {"SUMMARY"}});
  for (const AlgorithmInfo& algorithm : response.algorithms()) {
    document.push_back(AlgorithmJson(algorithm));
    table.Add({algorithm.name(), algorithm.learns() ? "yes" : "no",
               algorithm.several_objectives() ? "several" : "one",
               algorithm.summary()});
  }
  session.Show(document, [&](const Terminal& terminal) {
    return table.ToString(terminal);
  });
  return absl::OkStatus();
}

// "0 to 1", "at least 0", "a, b"
std::string ValuesText(const AlgorithmInfo::Option& option) {
  if (!option.choices().empty()) return absl::StrJoin(option.choices(), ", ");
  if (option.has_min() && option.has_max()) {
    return absl::StrCat(NumberText(option.min()), " to ",
                        NumberText(option.max()));
  }
  if (option.has_min()) return "at least " + NumberText(option.min());
  if (option.has_max()) return "at most " + NumberText(option.max());
  return "";
}

std::string Describe(const AlgorithmInfo& algorithm, const Terminal& terminal) {
  std::string text =
      absl::StrCat(Styled(algorithm.name(), Style::kStrong, terminal.color),
                   ": ", algorithm.summary(), "\n");
  if (!algorithm.aliases().empty()) {
    absl::StrAppend(&text,
                    "Also known as: ", absl::StrJoin(algorithm.aliases(), ", "),
                    "\n");
  }
  if (!algorithm.description().empty()) {
    absl::StrAppend(&text, "\n", algorithm.description(), "\n");
  }
  if (algorithm.options().empty()) return text + "\nIt has no options.\n";
  Table table({{"OPTION"}, {"TYPE"}, {"DEFAULT"}, {"VALUES"}, {"MEANING"}});
  const Json json = AlgorithmJson(algorithm);
  for (int i = 0; i < algorithm.options_size(); ++i) {
    const AlgorithmInfo::Option& option = algorithm.options(i);
    table.Add({option.name(), option.type(),
               JsonText(json["options"][i]["default"]), ValuesText(option),
               option.description()});
  }
  return absl::StrCat(text, "\n", table.ToString(terminal));
}

absl::Status ShowAlgorithm(const Session& session, const std::string& name) {
  ASSIGN_OR_RETURN(const apogee::v1::ListAlgorithmsResponse response,
                   session.Connect().ListAlgorithms());
  std::vector<std::string> known;
  for (const AlgorithmInfo& algorithm : response.algorithms()) {
    std::vector<std::string> names(algorithm.aliases().begin(),
                                   algorithm.aliases().end());
    names.push_back(algorithm.name());
    for (const std::string& candidate : names) {
      known.push_back(candidate);
      if (!absl::EqualsIgnoreCase(candidate, name)) continue;
      session.Show(AlgorithmJson(algorithm), [&](const Terminal& terminal) {
        return Describe(algorithm, terminal);
      });
      return absl::OkStatus();
    }
  }
  return absl::NotFoundError(absl::StrCat(
      "there is no algorithm ", Quoted(name), DidYouMean(name, known),
      "; \"apogee algorithm list\" shows them all"));
}

}  // namespace

void AddAlgorithmCommands(CLI::App& app, Session& session, CommandLine& line) {
  CLI::App& algorithm =
      *CommandLine::AddNoun(app, "algorithm", "What the server can search with",
                            "  apogee algorithm list\n"
                            "  apogee algorithm show QUASI_RANDOM_SEARCH\n");
  line.AddVerb(algorithm, "list", "The algorithms", "  apogee algorithm list\n",
               [&session] { return List(session); });
  const auto name = std::make_shared<std::string>();
  line.AddVerb(algorithm, "show", "An algorithm and its options",
               "  apogee algorithm show QUASI_RANDOM_SEARCH\n",
               [&session, name] { return ShowAlgorithm(session, *name); })
      ->add_option("ALGORITHM", *name, "Its name, or another one it has")
      ->required();
}

}  // namespace apogee
