// Whatever is asked of a study, its laws hold.

#include "tests/fuzz/proto_target.h"
#include "tests/fuzz/script.pb.h"
#include "tests/fuzz/script_study.h"

APOGEE_PROTO_TARGET(apogee::fuzz::Script, script) {
  constexpr int kMostSteps = 60;
  apogee::ScriptStudy study;
  for (int i = 0; i < script.steps_size() && i < kMostSteps; ++i) {
    study.Run(script.steps(i));
  }
  study.CheckRows();
}
