#include "report/layout.h"

#include <algorithm>
#include <array>
#include <utility>

namespace loadstone::report {
namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::string trim_right(std::string text) {
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

}  // namespace

std::size_t display_width(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) { return !continues(c); }));
}

std::string pad_right(std::string_view text, std::size_t width) {
  std::string padded(text);
  if (const auto have = display_width(text); have < width) padded.append(width - have, ' ');
  return padded;
}

std::string pad_left(std::string_view text, std::size_t width) {
  const auto have = display_width(text);
  return std::string(have < width ? width - have : 0, ' ') + std::string(text);
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && display_width(line) + 1 + display_width(word) > width)
      lines.push_back(std::exchange(line, {}));
    if (!line.empty()) line += ' ';
    line += word;
  }
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

std::string to_ascii(std::string_view utf8) {
  constexpr std::pair<std::string_view, std::string_view> kKnown[] = {
      {"µ", "u"}, {"✓", "+"}, {"✗", "x"}, {"·", "-"}, {"∞", "inf"}, {"−", "-"}, {"–", "-"}, {"…", "..."}};
  std::string ascii;
  while (!utf8.empty()) {
    std::size_t length = 1;
    while (length < utf8.size() && continues(utf8[length])) ++length;
    const std::string_view point = utf8.substr(0, length);
    const auto* known =
        std::find_if(std::begin(kKnown), std::end(kKnown), [&](const auto& pair) { return pair.first == point; });
    if (known != std::end(kKnown))
      ascii += known->second;
    else
      ascii += length == 1 && static_cast<unsigned char>(point[0]) < 0x80 ? point[0] : '?';
    utf8.remove_prefix(length);
  }
  return ascii;
}

std::string one_line(std::string_view text) {
  std::string line(text);
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  return line;
}

std::vector<std::string> table(const std::vector<Column>& columns, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(columns.size(), 0);
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  const auto line = [&](const auto& cell) {
    std::string text;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (widths[i] == 0) continue;
      const auto width = std::max(widths[i], display_width(columns[i].title));
      if (!text.empty()) text += "  ";
      text += columns[i].right ? pad_left(cell(i), width) : pad_right(cell(i), width);
    }
    return trim_right(std::move(text));
  };
  std::vector<std::string> lines{line([&](std::size_t i) { return columns[i].title; })};
  for (const auto& row : rows) lines.push_back(line([&](std::size_t i) { return row[i]; }));
  return lines;
}

}  // namespace loadstone::report
