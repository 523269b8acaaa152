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

rc::Gen<Command> RandomCommand() {
  std::vector<std::string> verbs;
  for (const Verb& verb : Verbs()) {
    verbs.insert(verbs.end(), verb.weight, verb.name);
  }
  const auto below = [](int n) { return rc::gen::inRange(0, n); };
  return rc::gen::build<Command>(
      rc::gen::set(&Command::verb, rc::gen::elementOf(verbs)),
      // Most is about one study.
      rc::gen::set(&Command::study, rc::gen::element(0, 0, 0, 0, 1)),
      rc::gen::set(&Command::worker, below(3)),
      rc::gen::set(&Command::trial, below(9)),
      rc::gen::set(&Command::count, below(4)),
      rc::gen::set(&Command::kind, below(6)),
      rc::gen::set(&Command::value, below(10)));
}

// Begins with a study that there is something to ask about.
rc::Gen<Script> RandomScript() {
  return rc::gen::map(
      rc::gen::pair(rc::gen::inRange(0, 5),
                    rc::gen::container<Script>(RandomCommand())),
      [](std::pair<int, Script> parts) {
        parts.second.insert(parts.second.begin(),
                            {.verb = "create-study", .kind = parts.first});
        return std::move(parts.second);
      });
}

TEST(ModelTest, RandomScripts) {
  setenv("RC_PARAMS", "seed=20 max_success=150", /*overwrite=*/0);
  EXPECT_TRUE(rc::check("engine and model give the same answers", [] {
    const Script script = *RandomScript().as("script");
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
  out << ToText({command});
}

}  // namespace apogee
