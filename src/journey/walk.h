// One user's way through a journey: which step comes next, and what has been taken from the answers so far. No clock
// and no socket: whoever sends the requests says what came back.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "journey/answer.h"
#include "journey/script.h"

namespace loadstone::journey {

// What an answer was not.
struct Failure {
  std::string expectation;           // "check '/nodes exists'", "extract node from /results/0/id"
  std::optional<std::string> found;  // what stood there; nothing when it was missing
};

class Walk {
 public:
  // A longer value is not kept: it would go into a request.
  static constexpr std::size_t kLongestValue = std::size_t{1} << 20;

  // `script` must outlive it.
  explicit Walk(const Script& script);

  // At the first step of a journey, with nothing extracted. `turn` numbers the journeys of the scenario from 0.
  struct Start {
    std::uint32_t journey = 0;
    std::uint64_t turn = 0;
    std::uint64_t unique = 0;
    std::uint64_t user = 1;
  };
  void begin(const Start& start, Random& random);

  // The step to be sent, or null when the journey is over or has not begun.
  [[nodiscard]] const Step* step() const { return step_; }
  [[nodiscard]] std::uint64_t user() const { return start_.user; }
  // Valid until the next begin() or take().
  [[nodiscard]] Values values(std::uint64_t request_id, Random& random) const;

  // Whether a message is the one that the step awaits.
  [[nodiscard]] bool awaits(const Answer& message, std::uint64_t request_id, Random& random);
  // The step's answer came: checks it, takes from it what the step extracts, and goes on to the next step. On a failure
  // the journey is over.
  [[nodiscard]] std::optional<Failure> take(const Answer& answer, std::uint64_t request_id, Random& random);
  // The journey is over: no answer came, or a wrong one.
  void give_up() { step_ = nullptr; }

 private:
  [[nodiscard]] std::optional<Failure> check(const Answer& answer, std::uint64_t request_id, Random& random);
  [[nodiscard]] std::optional<Failure> extract(const Answer& answer);
  void enter(std::size_t index, Random& random);

  const Script& script_;
  Start start_;
  const Step* step_ = nullptr;
  std::size_t index_ = 0;       // of step_ in its journey
  std::uint32_t repeated_ = 0;  // how often it has been answered
  std::vector<std::string> variables_;
  std::vector<std::string_view> cells_;
  std::vector<std::uint32_t> first_cell_;
  std::string scratch_;
};

}  // namespace loadstone::journey
