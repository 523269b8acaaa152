#include "client/cli/completion.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A program with one of everything.
class CompletionWords : public testing::Test {
 protected:
  CompletionWords() {
    app_.add_option("-o,--output", text_, "The form")
        ->check(CLI::IsMember({"json", "yaml"}));
    app_.add_option("--server", text_, "Where")->type_name("ADDRESS");
    CLI::App* const noun = app_.add_subcommand("noun", "A noun");
    CLI::App* const verb = noun->add_subcommand("verb", "A verb. And more");
    verb->add_flag("-y,--yes", flag_, "Do not ask");
    verb->add_option("THING", text_, "What");
    verb->add_option("FILE", texts_, "Which");
  }

  std::vector<std::string> Words(const std::vector<std::string>& line) {
    const Lookup things = [this](absl::string_view kind, absl::string_view,
                                 const LineOptions& options) {
      options_ = options;
      return kind == "THING" ? std::vector<std::string>{"book", "bell"}
                             : std::vector<std::string>();
    };
    const Completion completion = Complete(app_, line, things);
    std::vector<std::string> words;
    for (const auto& [value, description] : completion.candidates) {
      words.push_back(value);
    }
    if (completion.files) words.emplace_back("(files)");
    return words;
  }

  CLI::App app_;
  std::string text_;
  std::vector<std::string> texts_;
  bool flag_ = false;
  LineOptions options_;
};

TEST_F(CompletionWords, CommandsComeBeforeOptions) {
  EXPECT_THAT(Words({""}), ElementsAre("noun"));
  EXPECT_THAT(Words({"noun", ""}), ElementsAre("verb"));
  EXPECT_THAT(Words({"noun", "x"}), IsEmpty());
  EXPECT_THAT(Words({}), ElementsAre("noun"));
}

TEST_F(CompletionWords, OptionsAreThoseOfTheCommandAndAboveIt) {
  EXPECT_THAT(Words({"noun", "verb", "--"}),
              ElementsAre("--help", "--yes", "--output", "--server"));
  EXPECT_THAT(Words({"noun", "verb", "--y"}), ElementsAre("--yes"));
  EXPECT_THAT(Words({"--y"}), IsEmpty());
}

TEST_F(CompletionWords, ArgumentsComeInTheirOrder) {
  EXPECT_THAT(Words({"noun", "verb", "b"}), ElementsAre("book", "bell"));
  EXPECT_THAT(Words({"noun", "verb", "bo"}), ElementsAre("book"));
  EXPECT_THAT(Words({"noun", "verb", "book", ""}), ElementsAre("(files)"));
  EXPECT_THAT(Words({"noun", "verb", "book", "a", "b", ""}),
              ElementsAre("(files)"));
}

TEST_F(CompletionWords, ValuesFollowTheirOption) {
  for (const char* const option : {"-o", "--output"}) {
    EXPECT_THAT(Words({"noun", option, ""}), ElementsAre("json", "yaml"));
  }
  EXPECT_THAT(Words({"noun", "--output=y"}), ElementsAre("yaml"));
  EXPECT_THAT(Words({"noun", "--server", ""}), IsEmpty());
  EXPECT_THAT(Words({"noun", "--wrong=y"}), IsEmpty());
  // A flag has none, and neither has an option that has got it.
  EXPECT_THAT(Words({"noun", "verb", "-y", "bo"}), ElementsAre("book"));
  EXPECT_THAT(Words({"noun", "verb", "-ojson", "bo"}), ElementsAre("book"));
  EXPECT_THAT(Words({"noun", "-o", "json", "verb", "bo"}), ElementsAre("book"));
}

TEST_F(CompletionWords, OptionsOnTheLineReachTheLookup) {
  using Options = LineOptions;
  Words({"--server", "a:1", "noun", "-oyaml", "verb", ""});
  EXPECT_EQ(options_, (Options{{"--server", "a:1"}, {"--output", "yaml"}}));
  Words({"noun", "verb", "--server=b:2", ""});
  EXPECT_EQ(options_, (Options{{"--server", "b:2"}}));
}

TEST_F(CompletionWords, ACommandAfterDashesIsNotOurs) {
  EXPECT_THAT(Words({"noun", "--", "no"}), ElementsAre("(files)"));
}

TEST_F(CompletionWords, DescriptionsAreOneSentence) {
  const Completion completion = Complete(app_, {"noun", "v"}, nullptr);
  ASSERT_EQ(completion.candidates.size(), 1);
  EXPECT_EQ(completion.candidates[0].description, "A verb");
}

}  // namespace
}  // namespace apogee
