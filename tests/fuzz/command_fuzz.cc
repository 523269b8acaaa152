// Any words on the command line, for any study that can be, are taken or
// refused; a command template that is taken can be filled in.

#include <string>
#include <vector>

#include "client/cli/arguments.h"
#include "client/cli/parameters.h"
#include "client/cli/tune/command_template.h"
#include "proto/validate.h"
#include "tests/fuzz/proto_target.h"
#include "tests/fuzz/script.pb.h"

APOGEE_PROTO_TARGET(apogee::fuzz::CommandLine, line) {
  const vizier::StudySpec& spec = line.spec();
  if (!apogee::ValidateStudySpec(spec).ok()) return;
  const std::vector<std::string> words(line.words().begin(),
                                       line.words().end());
  for (const std::string& word : words) {
    (void)apogee::ParseStudyArgument(word, "me");
    (void)apogee::ParseTrialArgument({.owner = "me", .study = "s"}, word);
    (void)apogee::ParseDuration(word, "--timeout");
    (void)apogee::ParseMetric(word);
  }
  vizier::Trial trial = line.trial();
  if (const auto parameters = apogee::ParseParameters(spec, words);
      parameters.ok()) {
    trial.clear_parameters();
    for (const vizier::Trial::Parameter& parameter : *parameters) {
      *trial.add_parameters() = parameter;
    }
  }
  const auto command = apogee::CommandTemplate::Parse(words, spec);
  if (!command.ok()) return;
  const apogee::CommandContext context{.trial = &trial, .study = "s"};
  (void)command->Expand(context);
  (void)command->program();
  if (apogee::CheckEnvironmentNames(spec).ok()) {
    (void)apogee::TrialEnvironment(spec, context);
  }
}
