// Stacks that were seen, and how often: what a profile is. Names only; where they come from is symbols.h.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace loadstone::profile {

using Stack = std::vector<std::string>;  // from the outermost frame (the thread) to the innermost

class Stacks {
 public:
  void add(Stack stack, std::uint64_t times = 1);

  [[nodiscard]] std::uint64_t samples() const { return samples_; }
  [[nodiscard]] const std::map<Stack, std::uint64_t>& all() const { return stacks_; }

  // "a;b;c 42" a line, as flame graph tools read it. A ';' within a name becomes ':', a line end a blank.
  [[nodiscard]] std::string folded() const;
  // https://www.speedscope.app/file-format-schema.json; one sample weighs `seconds_each`.
  [[nodiscard]] std::string speedscope(std::string_view name, double seconds_each) const;

  // The heaviest stacks, of at most so many frames together; the samples of the others are kept as one stack, kOthers.
  [[nodiscard]] Stacks heaviest(std::size_t most_frames) const;

  struct Function {
    std::string name;
    double self = 0;   // share of samples in which it was the innermost, 0 to 1
    double total = 0;  // ... in which it was on the stack at all
  };
  // The `most` with the largest share of their own, largest first.
  [[nodiscard]] std::vector<Function> hottest(std::size_t most) const;

  // The share of samples whose stack begins where threads and programs begin; what is less was cut off on the way, for
  // want of frame pointers. Frame 0 is the thread's name and is not looked at.
  [[nodiscard]] double rooted() const;
  // The share of samples of which the innermost frame has a name.
  [[nodiscard]] double named() const;

 private:
  std::map<Stack, std::uint64_t> stacks_;
  std::uint64_t samples_ = 0;
};

// What stands for a frame without a name.
inline constexpr std::string_view kUnknown = "[unknown]";
// ... and for stacks that were left out.
inline constexpr std::string_view kOthers = "[other stacks]";

// For people: "std::vector::push_back" of "std::vector<int>::push_back(int const&)", what is between brackets left out.
[[nodiscard]] std::string short_name(std::string_view name);

// "a;b;c 42" lines read back; lines of another form are left out.
[[nodiscard]] Stacks parse_folded(std::string_view text);
// What `perf script` prints: a line for the sample, then a line a frame from the innermost, then an empty one.
[[nodiscard]] Stacks parse_perf_script(std::string_view text);

}  // namespace loadstone::profile
