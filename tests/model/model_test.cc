// Whatever is asked of the engine, in whatever order, it answers as the model
// does. RC_PARAMS sets how much is tried ("max_success=20000"), and repeats a
// failure. A script that fails is shrunk and shown: keep it in scripts/.

#include <rapidcheck.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "gtest/gtest.h"
#include "tests/model/script.h"

namespace apogee {
namespace {

// What a random script is about.
struct Theme {
  std::vector<std::string> verbs;
  int trials;  // ids are below this
  int kinds;
};

// Everything, and what is rare among everything.
std::vector<Theme> Themes() {
  std::vector<std::string> all;
  for (const Verb& verb : Verbs()) {
    all.insert(all.end(), verb.weight, verb.name);
  }
  return {
      {.verbs = all, .trials = 9, .kinds = 6},
      // early stopping
      {.verbs = {"suggest", "measure", "measure", "measure", "complete",
                 "should-stop", "should-stop", "should-stop"},
       .trials = 5,
       .kinds = 1},
      // budgets and spaces that end
      {.verbs = {"suggest", "suggest", "complete", "complete", "complete",
                 "create-trial", "delete-trial", "set-state", "reopen",
                 "evict"},
       .trials = 7,
       .kinds = 6},
  };
}

rc::Gen<Command> RandomCommand(const Theme& theme) {
  const auto below = [](int n) { return rc::gen::inRange(0, n); };
  return rc::gen::build<Command>(
      rc::gen::set(&Command::verb, rc::gen::elementOf(theme.verbs)),
      // Most is about one study.
      rc::gen::set(&Command::study, rc::gen::element(0, 0, 0, 0, 1)),
      rc::gen::set(&Command::worker, below(3)),
      rc::gen::set(&Command::trial, below(theme.trials)),
      rc::gen::set(&Command::count, below(6)),
      rc::gen::set(&Command::kind, below(theme.kinds)),
      rc::gen::set(&Command::value,
                   rc::gen::element(0, 1, 1, 2, 2, 3, 5, 8, 9, 9)));
}

// Begins with a study that there is something to ask about. Clients that missed
// an answer send some commands twice.
rc::Gen<Script> RandomScript(const Theme& theme) {
  using Sent = std::pair<Command, bool>;
  const auto twice = rc::gen::weightedElement<bool>({{5, false}, {1, true}});
  return rc::gen::map(
      rc::gen::pair(rc::gen::inRange(0, 5),
                    rc::gen::container<std::vector<Sent>>(
                        rc::gen::pair(RandomCommand(theme), twice))),
      [](const std::pair<int, std::vector<Sent>>& parts) {
        Script script = {{.verb = "create-study", .kind = parts.first}};
        for (const auto& [command, sent_twice] : parts.second) {
          script.push_back(command);
          if (sent_twice) script.push_back(command);
        }
        return script;
      });
}

TEST(ModelTest, RandomScripts) {
  setenv("RC_PARAMS", "seed=20 max_success=300", /*overwrite=*/0);
  EXPECT_TRUE(rc::check("engine and model give the same answers", [] {
    const std::vector<Theme> themes = Themes();
    const Script script =
        *rc::gen::oneOf(RandomScript(themes[0]), RandomScript(themes[1]),
                        RandomScript(themes[2]));
    const std::string difference = RunScript(script);
    if (!difference.empty()) {
      RC_FAIL("this script:\n" + ToText(script) + "\nfails at: " + difference);
    }
  }));
}

TEST(ModelTest, KeptScripts) {
  int scripts = 0;
  for (const auto& entry : std::filesystem::directory_iterator(MODEL_SCRIPTS)) {
    SCOPED_TRACE(entry.path().string());
    std::ifstream file(entry.path());
    const Script script =
        ParseScript(std::string(std::istreambuf_iterator<char>(file), {}));
    EXPECT_FALSE(script.empty());
    EXPECT_EQ(RunScript(script), "");
    ++scripts;
  }
  EXPECT_GT(scripts, 4);
}

}  // namespace

// For RapidCheck.
void showValue(const Command& command, std::ostream& out) {  // NOLINT
  std::string line = ToText({command});
  line.pop_back();
  out << line;
}

}  // namespace apogee
