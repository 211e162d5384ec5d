// The page of report.html as web/report builds it: complete but for its results.
#pragma once

#include <string>
#include <string_view>

namespace loadstone::report {

[[nodiscard]] std::string_view page();

// Stands once in the page, where its results go: as JSON inside a <script> element.
inline constexpr std::string_view kResultsMark = "@results@";

// Valid JSON as it may stand there: without blanks between its tokens, and with every '<' as an escape, so that no text
// of it ends the element.
[[nodiscard]] std::string json_for_page(std::string_view json);

}  // namespace loadstone::report
