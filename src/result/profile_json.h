// A profile in JSON, in journal and document alike: the form of speedscope, so that it can be opened there by itself.
// Only result/*.cc include this.
#pragma once

#include "base/result.h"
#include "result/fields.h"
#include "result/profile.h"

namespace loadstone::result {

[[nodiscard]] Json to_json(const StackProfile& profile);
[[nodiscard]] Result<StackProfile> profile_from(const Json& json, const std::string& path);

}  // namespace loadstone::result
