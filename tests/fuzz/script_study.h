#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/engine/study.h"
#include "server/engine/suggester.h"
#include "tests/fuzz/kept_rows.h"
#include "tests/fuzz/script.pb.h"

namespace apogee {

// A study that goes through a script, watched: after every step the laws of
// server/engine/study.h must hold. What breaks one aborts.
//   A refused call changes nothing and commits nothing.
//   Ids are unique and rise.
//   The budget is kept.
//   A lease that has ended is one no more.
//   Open operations are asked about, or wait for an ask.
//   The study that the rows hold is the one in memory, next suggestions
//   included.
class ScriptStudy {
 public:
  // Requests are first put through proto/validate.h, as the server does.
  void Run(const fuzz::Step& step);
  // Starts from a study that was loaded from somewhere.
  void Take(Study study) { study_ = std::move(study); }
  // That the rows hold the study. Not to be called after Take.
  void CheckRows();

 private:
  template <typename Request, typename Call>
  void Try(const Request& request, Call call);
  template <typename Call>
  void TryOnTrial(const std::string& name, Call call);
  void Create(const vizier::CreateStudyRequest& request);
  void Suggest(vizier::SuggestTrialsRequest request);
  void Ask();
  void Answer(const fuzz::Step::Answer& answer);
  void Restart();
  void Wait(absl::Duration duration);

  void Settle(const absl::Status& status, const Effects& effects,
              const std::string& before);
  void CheckLaws() const;

  std::optional<Study> study_;
  std::optional<Suggester> suggester_;
  std::optional<Suggester::Question> question_;
  KeptRows rows_;
  bool has_all_rows_ = false;
  int64_t last_id_ = 0;
  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
};

}  // namespace apogee
