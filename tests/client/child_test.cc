#include "client/cli/tune/child.h"

#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cli/tune/metrics_file.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(LineSplitter, LinesComeWhenTheyAreComplete) {
  LineSplitter splitter;
  EXPECT_THAT(splitter.Add("on"), IsEmpty());
  EXPECT_THAT(splitter.Add("e\ntwo\r\n\nthr"), ElementsAre("one", "two", ""));
  EXPECT_THAT(splitter.Finish(), ElementsAre("thr"));
  EXPECT_THAT(splitter.Finish(), IsEmpty());
}

TEST(LineSplitter, LongLinesAreCut) {
  LineSplitter splitter;
  for (int i = 0; i < 100; ++i) {
    EXPECT_THAT(splitter.Add(std::string(10'000, 'x')), IsEmpty());
  }
  EXPECT_THAT(splitter.Add("\nshort\n"),
              ElementsAre(SizeIs(LineSplitter::kLongest), "short"));
}

class ChildTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(Guard guard, Guard::Start());
    guard_ = std::make_unique<Guard>(std::move(guard));
  }

  std::unique_ptr<Child> Start(const std::string& script,
                               const Environment& environment = {}) {
    auto child = Child::Start({"sh", "-c", script}, environment, guard_.get());
    EXPECT_OK(child);
    return *std::move(child);
  }

  // The wait status; all output goes to `lines_`.
  int Finish(Child& child) {
    while (true) {
      for (Child::Line& line : child.Read(absl::Milliseconds(100))) {
        lines_.push_back(std::move(line));
      }
      if (const auto status = child.Poll(lines_)) return *status;
    }
  }

  std::vector<std::string> Texts(Child::Stream stream) const {
    std::vector<std::string> texts;
    for (const Child::Line& line : lines_) {
      if (line.stream == stream) texts.push_back(line.text);
    }
    return texts;
  }

  std::unique_ptr<Guard> guard_;
  std::vector<Child::Line> lines_;
};

TEST_F(ChildTest, OutputErrorsAndExitCodeComeBack) {
  const auto child = Start("echo $COLOR; echo bad >&2; printf unended; exit 3",
                           {{"COLOR", "blue green"}});
  EXPECT_EQ(DescribeExit(Finish(*child)), "exit code 3");
  EXPECT_THAT(Texts(Child::Stream::kOut), ElementsAre("blue green", "unended"));
  EXPECT_THAT(Texts(Child::Stream::kErr), ElementsAre("bad"));
}

TEST_F(ChildTest, StandardInputIsEmpty) {
  const auto child = Start("cat; echo done");
  EXPECT_EQ(DescribeExit(Finish(*child)), "");
  EXPECT_THAT(Texts(Child::Stream::kOut), ElementsAre("done"));
}

TEST_F(ChildTest, ASignalReachesTheWholeGroup) {
  const auto child = Start("sleep 1000 & echo started; wait");
  while (lines_.empty()) lines_ = child->Read(absl::Seconds(1));
  child->Signal(SIGTERM);
  EXPECT_EQ(DescribeExit(Finish(*child)), "killed by signal 15 (Terminated)");
}

TEST_F(ChildTest, NothingIsLeftOfTheGroup) {
  const auto child = Start("sleep 1000 & echo $!");
  EXPECT_EQ(DescribeExit(Finish(*child)), "");
  const pid_t left = std::stoi(Texts(Child::Stream::kOut).at(0));
  // An orphan is reaped by somebody else, at a time of his own.
  while (kill(left, 0) == 0) {
    std::ifstream stat(absl::StrCat("/proc/", left, "/stat"));
    std::string text;
    std::getline(stat, text);
    if (text.find(") Z ") != std::string::npos) break;
    absl::SleepFor(absl::Milliseconds(5));
  }
}

TEST_F(ChildTest, WhatCanNotRunSaysWhy) {
  EXPECT_THAT(Child::Start({"no-such-program"}, {}, guard_.get()),
              StatusIs(absl::StatusCode::kNotFound,
                       HasSubstr("there is no program \"no-such-program\"")));
  EXPECT_THAT(Child::Start({"/etc/passwd"}, {}, guard_.get()),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("chmod +x")));
  EXPECT_THAT(Child::Start({""}, {}, guard_.get()),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST(MetricsFile, LinesAreReadAsTheyGrow) {
  MetricsFile file(testing::TempDir() + "/metrics-lines.json");
  std::filesystem::remove(file.path());
  std::vector<std::string> mistakes;
  EXPECT_THAT(file.ReadNew(), IsEmpty());
  std::ofstream out(file.path());
  out << "{\"step\": 1, \"a\": 1}\n{\"step\": 2," << std::flush;
  std::vector<MetricReport> reports = file.ReadNew();
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_EQ(reports[0].step, 1);
  EXPECT_THAT(file.ReadNew(), IsEmpty());
  out << " \"a\": 2}" << std::flush;
  reports = file.ReadRest(mistakes);
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_EQ(reports[0].step, 2);
  EXPECT_THAT(mistakes, IsEmpty());
}

TEST(MetricsFile, OneObjectMayTakeManyLines) {
  MetricsFile file(testing::TempDir() + "/metrics-object.json");
  std::ofstream(file.path()) << "{\n  \"a\": 1,\n  \"b\": NaN\n}\n";
  EXPECT_THAT(file.ReadNew(), IsEmpty());
  std::vector<std::string> mistakes;
  const std::vector<MetricReport> reports = file.ReadRest(mistakes);
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_THAT(reports[0].metrics, SizeIs(2));
  EXPECT_THAT(mistakes, IsEmpty());
}

TEST(MetricsFile, MistakesAreTold) {
  MetricsFile file(testing::TempDir() + "/metrics-mistake.json");
  std::ofstream(file.path()) << "accuracy: 1\n";
  std::vector<std::string> mistakes;
  EXPECT_THAT(file.ReadRest(mistakes), IsEmpty());
  EXPECT_THAT(mistakes, ElementsAre(HasSubstr("accuracy: 1")));
}

}  // namespace
}  // namespace apogee
