// A draft as the text of a suite, with comments for whoever reads a suite for the first time.
#pragma once

#include <string>

#include "draft/draft.h"

namespace loadstone::draft {

// Never longer than a suite may be: requests that do not fit are left out, and a comment says how many. The draft has
// at least one request that is live.
[[nodiscard]] std::string suite_text(const Draft& draft);

}  // namespace loadstone::draft
