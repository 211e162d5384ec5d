// Publishes broadcasts by other means than HTTP: a client says them, or a file is written that the service watches.
#pragma once

#include <optional>
#include <vector>

#include "audience/clients.h"
#include "audience/plan.h"
#include "audience/tally.h"
#include "base/temporary_files.h"
#include "schedule/arrivals.h"

namespace loadstone::audience {

class Speakers {
 public:
  // Those that belong to shard `index` of `count`. References must outlive it.
  Speakers(const Plan& plan, Clients& clients, std::uint32_t index, std::uint32_t count);

  void count_in(Tally& tally) { tally_ = &tally; }
  void begin(Instant measured_from);
  // Nothing more becomes due.
  void stop();
  [[nodiscard]] bool is_over() const;
  void dispatch(Instant now);
  [[nodiscard]] Instant next_due() const;

 private:
  struct Speaking {
    Speaker plan;
    schedule::Arrivals arrivals;
    std::optional<schedule::Arrivals::Arrival> next;
  };
  void advance(Speaking& speaking);
  void speak(Speaking& speaking, Instant due, Instant now);
  void write_file(Speaking& speaking, ledger::Message message, std::uint64_t id, std::string_view text);
  void failed(ledger::Message message, const std::string& why);

  const Plan& plan_;
  Clients& clients_;
  std::uint32_t count_;
  Tally* tally_ = nullptr;
  std::vector<Speaking> all_;
  TemporaryFiles files_;
  Instant measured_from_{};
};

}  // namespace loadstone::audience
