// How text is written to a console: colours only where somebody sees them.
#pragma once

#include "cli/console.h"
#include "report/report.h"

namespace loadstone::cli {

[[nodiscard]] report::Style text_style(const Console& console);

}  // namespace loadstone::cli
