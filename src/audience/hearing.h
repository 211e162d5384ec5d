// From what clients receive to entries in the ledger: which message it is, and whether it is whole.
#pragma once

#include <optional>
#include <string_view>

#include "audience/client.h"
#include "audience/plan.h"
#include "ledger/identity.h"
#include "ledger/ledger.h"

namespace loadstone::audience {

class Hearing {
 public:
  // Of shard `index` of `count`. The plan has a match and broadcasts, and outlives it.
  Hearing(const Plan& plan, std::uint32_t index, std::uint32_t count);

  void heard(const Client& client, std::string_view message, Instant now);
  [[nodiscard]] ledger::Ledger& ledger() { return ledger_; }
  [[nodiscard]] const ledger::Ledger& ledger() const { return ledger_; }

 private:
  [[nodiscard]] static std::vector<ledger::Listener> listeners(const Plan& plan, std::uint32_t index,
                                                               std::uint32_t count);
  void unknown(const Client& client, Instant now);
  [[nodiscard]] Instant due_of(const ledger::Found& found, Instant now) const;

  const Plan& plan_;
  ledger::Identity identity_;
  ledger::Ledger ledger_;
  Nanoseconds wall_to_steady_;  // what to add to the wall clock to get the steady one
};

}  // namespace loadstone::audience
