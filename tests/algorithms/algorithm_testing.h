#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "algorithms/registry.h"
#include "gmock/gmock.h"

namespace apogee {

// The space of a StudySpec in proto text format, with linear constraints such
// as "a + b <= 1"; a mistake fails the test.
SearchSpace MakeSpace(absl::string_view text,
                      const std::vector<std::string>& constraints = {});

// Parameters for it: doubles x0, x1, ... from 0 to 1, or categorical ones c0,
// c1, ... of so many values.
std::string DoubleSpecs(int count);
std::string CategorySpecs(int count, int values);
// "kind", one of "a" and "b", and under "b" an integer "n" from 0 to 9.
extern const char kConditionalSpecs[];

// Of the whole registry.
std::vector<std::string> AlgorithmNames();

// The algorithm with this name; options as JSON.
absl::StatusOr<std::unique_ptr<Algorithm>> MakeAlgorithm(
    absl::string_view name, const SearchSpace& space,
    absl::string_view options = "{}", std::vector<Goal> goals = {{}},
    int64_t budget = 0, std::shared_ptr<const Background> background = nullptr);

// For laws that hold whatever the options: the defaults, but few candidates for
// those that compare candidates, which takes a fraction of the time.
std::string QuickOptions(absl::string_view name);

// The points for `count` ordinals from `ordinal` on, in one question.
std::vector<Point> Suggest(const Algorithm& algorithm, uint64_t seed,
                           int64_t ordinal, int count);

// A point as text: coordinates by a space, "-" for the inactive ones. Points
// are the same exactly when their texts are.
std::string Text(const Point& point);
std::vector<std::string> Texts(const std::vector<Point>& points);

// Asks for so many points, seven being on their way, some of which fail, and
// expects each to be allowed and new. A tenth of them under a sanitizer, where
// time is ten times as long.
void ExpectAllowedAndNew(Algorithm& algorithm, const SearchSpace& space,
                         int count);

}  // namespace apogee
