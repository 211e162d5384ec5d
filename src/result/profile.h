// Where the service spent CPU time under the load of a scenario, in a run of its own after the measured time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace loadstone::result {

struct StackProfile {
  std::string method;  // how it was sampled
  std::vector<std::string> frames;
  struct Sampled {
    std::vector<std::uint32_t> stack;  // indices of `frames`, from the outermost
    double seconds = 0;                // of CPU time
  };
  std::vector<Sampled> stacks;
};

// Over all stacks: a result stays small however deep and different they are.
inline constexpr std::size_t kMostProfileFrames = 6000;
inline constexpr std::size_t kLongestFrameName = 300;  // bytes

}  // namespace loadstone::result
