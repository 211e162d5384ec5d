// How long to wait before a connection that was refused is tried again.
#pragma once

#include <algorithm>

#include "base/clock.h"

namespace loadstone::engine {

// After a wait of `last` (0: the first refusal): twice as long, from 10 ms to 1 s.
[[nodiscard]] constexpr Nanoseconds next_backoff(Nanoseconds last) {
  return std::clamp<Nanoseconds>(last * 2, 10ms, 1s);
}

}  // namespace loadstone::engine
