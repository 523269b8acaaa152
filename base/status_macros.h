#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Leaves the function with the status of `expr` unless it is OK.
#define RETURN_IF_ERROR(expr)                                         \
  do {                                                                \
    if (absl::Status apogee_status_ = (expr); !apogee_status_.ok()) { \
      return apogee_status_;                                          \
    }                                                                 \
  } while (false)

// Declares or assigns `lhs` from a StatusOr, or leaves with its status.
//   ASSIGN_OR_RETURN(const Point point, space.Encode(parameters));
#define ASSIGN_OR_RETURN(lhs, expr)                                          \
  APOGEE_ASSIGN_OR_RETURN_(APOGEE_CONCAT_(apogee_status_or_, __LINE__), lhs, \
                           expr)

#define APOGEE_CONCAT_INNER_(a, b) a##b
#define APOGEE_CONCAT_(a, b) APOGEE_CONCAT_INNER_(a, b)
#define APOGEE_ASSIGN_OR_RETURN_(temporary, lhs, expr) \
  auto temporary = (expr);                             \
  if (!temporary.ok()) {                               \
    return std::move(temporary).status();              \
  }                                                    \
  lhs = *std::move(temporary)
