#include "serve/request.h"

#include <algorithm>

#include "base/ascii.h"

namespace serve {
namespace {

using loadstone::lower;
using loadstone::trim;

constexpr int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

bool same_token(std::string_view a, std::string_view b) { return loadstone::equals_ignoring_case(a, b); }

bool has_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    if (same_token(trim(list.substr(0, comma)), token)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

std::string_view Request::query() const {
  const auto mark = target_.find('?');
  return mark == std::string::npos ? std::string_view() : std::string_view(target_).substr(mark + 1);
}

std::pair<std::string_view, std::string_view> Request::header_at(std::size_t i) const {
  const Field& f = fields_[i];
  const std::string_view text = text_;
  return {text.substr(f.name, f.value - f.name), text.substr(f.value, f.end - f.value)};
}

std::optional<std::string_view> Request::header(std::string_view name) const {
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const auto [field, value] = header_at(i);
    if (same_token(field, name)) return value;
  }
  return std::nullopt;
}

bool Request::wants_websocket() const {
  const auto upgrade = header("Upgrade");
  const auto connection = header("Connection");
  return method_ == "GET" && version_ >= 11 && upgrade && has_token(*upgrade, "websocket") && connection &&
         has_token(*connection, "Upgrade") && header("Sec-WebSocket-Key") && header("Sec-WebSocket-Version") == "13";
}

void Request::set_line(std::string_view method, std::string_view target, int version) {
  method_ = method;
  target_ = target;
  version_ = version;
}

void Request::add_header(std::string_view name, std::string_view value) {
  Field f{};
  f.name = static_cast<std::uint32_t>(text_.size());
  text_.append(name);
  f.value = static_cast<std::uint32_t>(text_.size());
  text_.append(trim(value));
  f.end = static_cast<std::uint32_t>(text_.size());
  fields_.push_back(f);
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i] == '+' && plus_is_blank ? ' ' : text[i];
    }
  }
  return out;
}

std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    auto name = percent_decode(pair.substr(0, equals), true);
    auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!name || !value) return std::nullopt;
    pairs.emplace_back(std::move(*name), std::move(*value));
  }
  return pairs;
}

}  // namespace serve
