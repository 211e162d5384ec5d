// The course of recoveries in JSON, in journal and document alike. Only result/*.cc include this.
#pragma once

#include "base/result.h"
#include "result/fields.h"
#include "result/recovery.h"

namespace loadstone::result {

[[nodiscard]] Json to_json(const Recovery& recovery);
[[nodiscard]] Result<Recovery> recovery_from(const Json& json, const std::string& path);

}  // namespace loadstone::result
