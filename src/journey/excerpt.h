// What came, in so few words that it fits on a line.
#pragma once

#include <string>

#include "base/secrets.h"
#include "journey/walk.h"

namespace loadstone::journey {

// "nothing there; 200 {"results":[]}". One line that cannot drive a terminal, without secrets.
[[nodiscard]] std::string excerpt(const Failure& failure, const Answer& answer, const Secrets& secrets);

}  // namespace loadstone::journey
