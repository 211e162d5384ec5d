// CHECK(condition, "text {}", value): what cannot happen, checked in release too. Prints the values and aborts.
// DCHECK is the same in debug builds only, for conditions on the hot path.
#pragma once

#include <cstdio>
#include <cstdlib>

#include "base/format.h"

namespace loadstone {
[[noreturn]] inline void check_failed(const char* file, int line, const char* condition, const std::string& text) {
  fmt::print(stderr, "{}:{}: check failed: {} {}\n", file, line, condition, text);
  std::abort();
}
}  // namespace loadstone

#define CHECK(condition, ...)                                                                         \
  do {                                                                                                \
    if (!(condition)) [[unlikely]]                                                                    \
      ::loadstone::check_failed(__FILE__, __LINE__, #condition, ::loadstone::format("" __VA_ARGS__)); \
  } while (false)

#ifdef NDEBUG
#define DCHECK(condition, ...) static_cast<void>(0)
#else
#define DCHECK(condition, ...) CHECK(condition __VA_OPT__(, ) __VA_ARGS__)
#endif
