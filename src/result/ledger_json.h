// The ledger's JSON form, in journal and document alike. Only result/*.cc include this.
#pragma once

#include "base/result.h"
#include "result/fields.h"
#include "result/ledger.h"

namespace loadstone::result {

[[nodiscard]] Json to_json(const Ledger& ledger);
[[nodiscard]] Result<Ledger> ledger_from(const Json& json, const std::string& path);

}  // namespace loadstone::result
