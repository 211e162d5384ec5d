// From the ledger's account to what results tell of it.
#pragma once

#include "ledger/account.h"
#include "result/ledger.h"

namespace loadstone::engine {

[[nodiscard]] result::Ledger ledger_of(const ledger::Account& account);

}  // namespace loadstone::engine
