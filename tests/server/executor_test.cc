#include "server/engine/executor.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <vector>

#include "server/engine/timer.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

TEST(Executor, RunsTasksInOrderOnOneThread) {
  std::vector<int> seen;
  {
    Executor executor({.threads = 1, .name = "test"});
    for (int i = 0; i < 100; ++i) {
      executor.Run([&seen, i] { seen.push_back(i); });
    }
  }
  ASSERT_THAT(seen, testing::SizeIs(100));
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

TEST(Executor, StopRunsWhatQueuedTasksQueue) {
  std::atomic<int> ran = 0;
  Executor executor({.threads = 2, .name = "test"});
  executor.Run([&] {
    ++ran;
    executor.Run([&] {
      ++ran;
      executor.Run([&] { ++ran; });
    });
  });
  executor.Stop();
  EXPECT_EQ(ran, 3);
  executor.Run([&] { ++ran; });
  executor.Stop();
  EXPECT_EQ(ran, 3);
}

TEST(Executor, ThreadsWorkSideBySide) {
  Executor executor({.threads = 2, .name = "test", .background = true});
  std::promise<void> first;
  std::promise<void> second;
  // Each waits for the other.
  executor.Run([&] {
    first.set_value();
    second.get_future().wait();
  });
  executor.Run([&] {
    second.set_value();
    first.get_future().wait();
  });
  executor.Stop();
}

TEST(Timer, RunsTasksWhenTheirTimeComes) {
  Timer timer;
  std::promise<int> first;
  std::atomic<int> order = 0;
  std::promise<int> second;
  timer.RunAfter(absl::Milliseconds(20), [&] { second.set_value(++order); });
  timer.RunAfter(absl::Milliseconds(1), [&] { first.set_value(++order); });
  EXPECT_EQ(first.get_future().get(), 1);
  EXPECT_EQ(second.get_future().get(), 2);
}

TEST(Timer, StopDropsTheRest) {
  std::atomic<bool> ran = false;
  {
    Timer timer;
    timer.RunAfter(absl::Hours(1), [&] { ran = true; });
  }
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace apogee
