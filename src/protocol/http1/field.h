// The field lines of a head (RFC 9110 section 5): the pieces that readers of fields share.
#pragma once

#include <string_view>

#include "base/ascii.h"

namespace loadstone::http1 {

// The characters of a token (RFC 9110 section 5.6.2).
[[nodiscard]] inline bool is_token_char(char c) {
  constexpr auto kTable = [] {
    struct {
      bool at[256]{};
    } t;
    for (int i = '0'; i <= '9'; ++i) t.at[i] = true;
    for (int i = 'a'; i <= 'z'; ++i) t.at[i] = true;
    for (int i = 'A'; i <= 'Z'; ++i) t.at[i] = true;
    for (const char i : std::string_view("!#$%&'*+-.^_`|~")) t.at[static_cast<unsigned char>(i)] = true;
    return t;
  }();
  return kTable.at[static_cast<unsigned char>(c)];
}

[[nodiscard]] inline bool is_token(std::string_view s) {
  for (const char c : s)
    if (!is_token_char(c)) return false;
  return !s.empty();
}

// Calls f with each non-empty element of a comma-separated list.
template <class F>
void each_element(std::string_view list, F f) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    const std::string_view element = trim(list.substr(0, comma));
    if (!element.empty()) f(element);
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

// Calls f(name, value) with each field of a head that read_head() has found complete. A folded line is passed on as a
// field without a name.
template <class F>
void each_field(std::string_view head, F f) {
  head.remove_prefix(head.find('\n') + 1);
  for (;;) {
    const std::size_t newline = head.find('\n');
    std::string_view line = head.substr(0, newline);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty()) return;
    if (line.front() == ' ' || line.front() == '\t') {
      f(std::string_view(), trim(line));
    } else {
      const std::size_t colon = line.find(':');
      f(line.substr(0, colon), trim(line.substr(colon + 1)));
    }
    head.remove_prefix(newline + 1);
  }
}

}  // namespace loadstone::http1
