// Texts as values of a suite: variables and placeholders kept from happening by accident, YAML that reads back as what
// was meant, comments that stay comments.
#pragma once

#include <string>
#include <string_view>

#include "config/node.h"

namespace loadstone::draft {

// The text with every '$' doubled if one of them would begin a variable.
[[nodiscard]] std::string literal(std::string_view text);
// Whether the suite would want to fill in something: {{word}}. There is no escape for it but another encoding.
[[nodiscard]] bool holds_placeholder(std::string_view text);

// Path and query with everything percent-encoded that a request line cannot hold or a suite would fill in; begins with
// '/'. Not yet a literal().
[[nodiscard]] std::string request_target(std::string_view text);

// A scalar in YAML's block style; in double quotes unless it is plainly a text without.
[[nodiscard]] std::string yaml_scalar(std::string_view text);
// In double quotes, always; on one line.
[[nodiscard]] std::string yaml_quoted(std::string_view text);

// One line that may follow "# ": control characters replaced, shortened when long.
[[nodiscard]] std::string comment_text(std::string_view text);

// A name for a variable of the environment: "X-Api-Key" gives X_API_KEY.
[[nodiscard]] std::string variable_name(std::string_view text);

// 1 to 60 characters of a-z, 0-9 and '_' for a scenario of this path: "/" gives front_page.
[[nodiscard]] std::string scenario_name(std::string_view path);

}  // namespace loadstone::draft
