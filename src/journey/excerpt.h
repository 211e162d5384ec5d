// What came, in so few words that it fits on a line.
#pragma once

#include <string>
#include <string_view>

#include "base/secrets.h"
#include "journey/walk.h"

namespace loadstone::journey {

// "nothing there; 200 {"results":[]}"; of a message without the status. One line that cannot drive a terminal, without
// secrets.
[[nodiscard]] std::string excerpt(const Failure& failure, const Answer& answer, const Secrets& secrets);
// The beginning of a text, likewise.
[[nodiscard]] std::string excerpt(std::string_view text, const Secrets& secrets);

}  // namespace loadstone::journey
