// From the ledger's account, and the account of who came back, to what results tell of them.
#pragma once

#include <cstdint>
#include <span>

#include "audience/comebacks.h"
#include "ledger/account.h"
#include "result/ledger.h"
#include "result/recovery.h"

namespace loadstone::engine {

[[nodiscard]] result::Ledger ledger_of(const ledger::Account& account);
// `lost` by cycle; the first is of no cycle (ledger::Account::lost).
[[nodiscard]] result::Recovery recovery_of(const audience::Comebacks& comebacks, std::span<const std::uint64_t> lost);

}  // namespace loadstone::engine
