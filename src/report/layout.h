// Text in columns: widths as a terminal shows them, padding, wrapping, tables.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace loadstone::report {

// Code points; none of the characters that we print is wider than one column.
[[nodiscard]] std::size_t display_width(std::string_view utf8);
[[nodiscard]] std::string pad_right(std::string_view text, std::size_t width);
[[nodiscard]] std::string pad_left(std::string_view text, std::size_t width);
// Lines of at most `width` columns, broken at blanks; a longer word stands on a line of its own.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, std::size_t width);
// The same in ASCII: µ becomes u, marks become letters, anything else '?'.
[[nodiscard]] std::string to_ascii(std::string_view utf8);
// Line ends and other control characters become blanks: what a service sent must not move the cursor.
[[nodiscard]] std::string one_line(std::string_view text);

struct Column {
  std::string title;
  bool right = false;  // numbers
};
// Rows below their titles, two blanks between columns; columns that are empty in every row are left out.
[[nodiscard]] std::vector<std::string> table(const std::vector<Column>& columns,
                                             const std::vector<std::vector<std::string>>& rows);

}  // namespace loadstone::report
