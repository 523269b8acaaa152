// apogee admin import: studies of an archive or of another program's file.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "client/cli/admin_commands.h"
#include "client/cli/exit_code.h"
#include "client/cli/table.h"
#include "client/import/import_file.h"
#include "client/import/import_plan.h"
#include "proto/print.h"

namespace apogee {
namespace {

// What is sent at once, roughly.
constexpr size_t kChunkBytes = size_t{4} << 20;
constexpr int kChunkTrials = 1000;

using Plan = std::vector<std::optional<PlannedStudy>>;

struct Options {
  std::string file;
  std::string into;
  std::vector<std::string> renames;
  std::vector<std::string> only;
  std::string algorithm;
  bool dry_run = false;
};

absl::StatusOr<ImportChoices> Choices(const Session& session,
                                      const Options& options) {
  ImportChoices choices{.owner = session.owner,
                        .into = options.into,
                        .only = options.only,
                        .algorithm = options.algorithm};
  for (const std::string& rename : options.renames) {
    const size_t equals = rename.rfind('=');
    if (equals == std::string::npos) {
      return UsageError(absl::StrCat("--rename ", Quoted(rename),
                                     " is not of the form OLD=NEW"));
    }
    choices.renames.emplace(rename.substr(0, equals),
                            rename.substr(equals + 1));
  }
  return choices;
}

// Asks the server whether it would take the studies.
absl::Status AskServer(const Client& client, const Plan& plan) {
  for (const std::optional<PlannedStudy>& study : plan) {
    if (!study) continue;
    apogee::v1::ImportStudyRequest request = study->request;
    request.set_validate_only(true);
    const absl::Status answer = client.ImportStudy(request).status();
    const std::string name = study->name.ToString();
    if (absl::IsAlreadyExists(answer)) {
      return absl::AlreadyExistsError(absl::StrCat(
          "study ", Quoted(name),
          " exists already; import it under another "
          "name with --rename ",
          Quoted(study->name.study + "=NAME"),
          ", for another owner with --into OWNER, or choose others with "
          "--study"));
    }
    if (absl::IsInvalidArgument(answer)) {
      return absl::InvalidArgumentError(
          absl::StrCat("study ", Quoted(name), ": ", answer.message(),
                       absl::StartsWith(answer.message(), "algorithm ")
                           ? "; choose another algorithm with --algorithm NAME"
                           : ""));
    }
    RETURN_IF_ERROR(answer);
  }
  return absl::OkStatus();
}

// Sends what the plan says, reading the file a second time.
class ImportSender final : public ImportSink {
 public:
  ImportSender(const Client& client, const Plan& plan)
      : client_(client), plan_(plan) {}

  absl::Status TakeStudy(apogee::v1::StudyRecord) override {
    RETURN_IF_ERROR(EndStudy());
    if (next_ == plan_.size()) {
      return absl::InvalidArgumentError("the file has changed meanwhile");
    }
    const std::optional<PlannedStudy>& planned = plan_[next_++];
    if (!planned) return absl::OkStatus();
    RETURN_IF_ERROR(client_.ImportStudy(planned->request).status());
    study_ = &*planned;
    return absl::OkStatus();
  }

  absl::Status TakeTrial(apogee::v1::TrialRecord record) override {
    if (study_ == nullptr) return absl::OkStatus();
    int64_t id = 0;
    (void)absl::SimpleAtoi(record.trial().id(), &id);
    const auto finished = study_->finished.find(id);
    if (finished != study_->finished.end()) {
      record.set_finished(finished->second);
    }
    chunk_bytes_ += record.ByteSizeLong();
    *chunk_.add_trials() = std::move(record);
    if (chunk_bytes_ < kChunkBytes && chunk_.trials_size() < kChunkTrials) {
      return absl::OkStatus();
    }
    return SendChunk();
  }

  void TakeNote(std::string) override {}

  // To be called last.
  absl::Status EndStudy() {
    if (study_ == nullptr) return absl::OkStatus();
    RETURN_IF_ERROR(SendChunk());
    if (study_->request.record().study().state() == vizier::Study::ACTIVE) {
      RETURN_IF_ERROR(
          client_.SetStudyState(study_->name.ToString(), vizier::Study::ACTIVE)
              .status());
    }
    study_ = nullptr;
    return absl::OkStatus();
  }

  // The study that an error came amid of, or empty.
  std::string Unfinished() const {
    return study_ == nullptr ? "" : study_->name.ToString();
  }

 private:
  absl::Status SendChunk() {
    if (chunk_.trials().empty()) return absl::OkStatus();
    chunk_.set_parent(study_->name.ToString());
    RETURN_IF_ERROR(client_.ImportTrials(chunk_));
    chunk_.Clear();
    chunk_bytes_ = 0;
    return absl::OkStatus();
  }

  const Client& client_;
  const Plan& plan_;
  size_t next_ = 0;
  const PlannedStudy* study_ = nullptr;  // being sent; null between studies
  apogee::v1::ImportTrialsRequest chunk_;
  size_t chunk_bytes_ = 0;
};

absl::Status Send(const Client& client, const Options& options,
                  ImportFormat format, const Plan& plan) {
  ImportSender sender(client, plan);
  absl::Status sent = ReadImport(options.file, format, sender);
  if (sent.ok()) sent = sender.EndStudy();
  if (sent.ok() || sender.Unfinished().empty()) return sent;
  return absl::Status(
      sent.code(),
      absl::StrCat("study ", Quoted(sender.Unfinished()),
                   " was imported in part: ", sent.message(),
                   "; delete it and import it again with --study"));
}

void ShowPlan(const Session& session, const Plan& plan) {
  Json document = Json::array();
  Table table({{"STUDY"}, {"STATE"}, {"TRIALS", true}});
  for (const std::optional<PlannedStudy>& study : plan) {
    if (!study) continue;
    const std::string name = study->name.ToString();
    const std::string state =
        vizier::Study::State_Name(study->request.record().study().state());
    document.push_back({{"resource", name},
                        {"state", state},
                        {"trials", study->trials},
                        {"notes", study->notes}});
    table.Add({name, state, absl::StrCat(study->trials)});
    for (const std::string& note : study->notes) {
      session.Say(absl::StrCat(name, ": ", note));
    }
  }
  session.Show(document, [&](const Terminal& terminal) {
    return table.empty() ? "" : table.ToString(terminal);
  });
}

absl::Status Import(const Session& session, const Options& options) {
  ASSIGN_OR_RETURN(const ImportChoices choices, Choices(session, options));
  ASSIGN_OR_RETURN(const ImportFormat format, RecognizeImport(options.file));
  ImportPlanner planner(choices);
  RETURN_IF_ERROR(ReadImport(options.file, format, planner));
  ASSIGN_OR_RETURN(const Plan plan, planner.Finish());
  const Client client = ConnectForLong(session);
  RETURN_IF_ERROR(AskServer(client, plan));
  if (!options.dry_run) {
    RETURN_IF_ERROR(Send(client, options, format, plan));
  }
  session.Say(absl::StrCat(options.dry_run ? "would import " : "imported ",
                           "from the ", FormatName(format), " ",
                           Quoted(options.file), ":"));
  ShowPlan(session, plan);
  return absl::OkStatus();
}

}  // namespace

void AddAdminImport(CLI::App& admin, Session& session, CommandLine& line) {
  const auto options = std::make_shared<Options>();
  CLI::App* const verb = line.AddVerb(
      admin, "import",
      "Take over the studies of a file\n\n"
      "What kind of file it is, is seen by what is in it: an archive of "
      "\"apogee admin export\", the SQLite file of an OSS Vizier server, or "
      "the SQLite file of Optuna. The file is read to its end and checked "
      "before anything is sent. Its studies must not exist yet.",
      "  apogee admin import studies.jsonl\n"
      "  apogee admin import vizier.db --dry-run --algorithm DEFAULT\n"
      "  apogee admin import optuna.db --owner me --study cnn --rename "
      "cnn=cnn-2\n",
      [&session, options] { return Import(session, *options); });
  verb->add_option("FILE", options->file, "The file, on this machine")
      ->required();
  verb->add_flag("--dry-run", options->dry_run,
                 "Check all and show what would be done; change nothing");
  verb->add_option("--study", options->only,
                   "Only the study of this name in the file; may be repeated")
      ->type_name("NAME");
  verb->add_option("--rename", options->renames,
                   "Another name for a study of the file; may be repeated")
      ->type_name("OLD=NEW");
  verb->add_option("--into", options->into,
                   "The owner of the studies; unless given, those of an "
                   "archive or of Vizier keep theirs, and those of Optuna get "
                   "--owner")
      ->type_name("OWNER");
  verb->add_option("--algorithm", options->algorithm,
                   "The algorithm of the studies, in place of their own; "
                   "\"apogee algorithm list\" has the choice")
      ->type_name("NAME");
}

}  // namespace apogee
