// Users on journeys: where each is, what it knows, and what its next request says. The loads of journeys say when.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/random.h"
#include "engine/load.h"
#include "engine/plan.h"
#include "journey/cookie_jar.h"
#include "journey/walk.h"

namespace loadstone::engine {

// Numbers the journeys that shards begin, so that those of all shards differ.
struct Turns {
  std::uint64_t next = 0;
  std::uint64_t stride = 1;
  std::uint64_t take() {
    const std::uint64_t turn = next;
    next += stride;
    return turn;
  }
};

// Travellers are known by their numbers, from 0. Not thread-safe.
class Travellers {
 public:
  // `plan` has a script, and must outlive it.
  explicit Travellers(const Plan& plan);

  // A traveller who is nowhere yet. What it draws follows from `random` alone.
  std::uint32_t add(Random random);
  // Sends one on a journey, as a newcomer: without cookies, and knowing nothing.
  struct Departure {
    std::uint64_t turn = 0;
    std::uint64_t unique = 0;
    std::uint64_t user = 1;
  };
  void depart(std::uint32_t who, const Departure& departure);
  void depart(std::uint32_t who, const Departure& departure, Random random);

  // Whether a step is to be sent, or has been and is not answered.
  [[nodiscard]] bool is_on_the_way(std::uint32_t who) const { return all_[who].walk.step() != nullptr; }
  // Which of the plan's steps that is.
  [[nodiscard]] std::uint32_t step(std::uint32_t who) const { return all_[who].walk.step()->request; }
  // How long it thinks after the last answer, before whatever comes next.
  [[nodiscard]] Nanoseconds pause(std::uint32_t who) const { return all_[who].pause; }

  // Of the step that comes next, when it speaks by WebSocket; else null.
  [[nodiscard]] const journey::Speech* speech(std::uint32_t who) const {
    const auto& speech = all_[who].walk.step()->speech;
    return speech ? &*speech : nullptr;
  }
  // Of such a step: path and query of the connection that it is for, to be asked once; how that is opened; what is said
  // on it; and whether a message is the one that it awaits.
  [[nodiscard]] std::string destination(const Exchange& exchange);
  [[nodiscard]] websocket::SessionPlan opening(const Exchange& exchange, const std::string& destination, Instant now);
  [[nodiscard]] std::string message(const Exchange& exchange);
  [[nodiscard]] bool awaits(const Exchange& exchange, std::string_view message);

  // As in Load.
  [[nodiscard]] Writing write(const Exchange& exchange, Instant now);
  [[nodiscard]] Judgement judge(const Exchange& exchange, const journey::Answer& answer, Outcome so_far, Instant now);
  // "user 3: 5 other messages came, the last: {"type":"tick"}": beside a failure.
  [[nodiscard]] std::string in_vain(std::uint32_t who, std::uint64_t messages, std::string_view last) const;
  // No answer will come: the journey is over.
  void give_up(std::uint32_t who);

 private:
  struct Traveller {
    Traveller(const journey::Script& script, Random r) : walk(script), random(r) {}
    journey::Walk walk;
    journey::CookieJar cookies;
    Random random;
    Nanoseconds pause{0};
    // After a redirect: where to, and how.
    ScriptedRequest::Form form = ScriptedRequest::Form::kAsWritten;
    std::string elsewhere;
    int redirects = 0;
  };
  [[nodiscard]] std::string target(const Traveller& t, const Exchange& exchange);
  // What a redirect leads to; nothing when the answer is none that is to be followed.
  [[nodiscard]] std::optional<Judgement> follow(Traveller& t, const Exchange& exchange, const journey::Answer& answer);
  [[nodiscard]] Judgement wanting(const Traveller& t, Outcome outcome, const journey::Failure& failure,
                                  const journey::Answer& answer) const;
  [[nodiscard]] journey::Failure plain_failure(const Exchange& exchange, Outcome outcome,
                                               const journey::Answer& answer) const;

  const Plan& plan_;
  const journey::Script& script_;
  journey::CookieHost host_;
  std::deque<Traveller> all_;
  std::vector<std::string> texts_;  // of the request that is written
};

}  // namespace loadstone::engine
