#include "draft/suite_value.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/format.h"
#include "base/utf8.h"
#include "scenario/values.h"

namespace loadstone::draft {
namespace {

constexpr std::size_t kMaxComment = 200;
constexpr std::size_t kMaxName = 60;
constexpr std::size_t kMaxVariable = 60;

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// What every reader of YAML takes for a text without quotes, in block style; there are more.
bool is_plain(std::string_view text) {
  if (text.empty() || text.size() > 200 || !(is_letter(text.front()) || text.front() == '/')) return false;
  constexpr std::string_view kAllowed = " _./?=&%+~;,()*$-";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool is_inner_colon = c == ':' && i + 1 < text.size() && text[i + 1] != ' ';
    if (!is_letter(c) && !is_digit(c) && !is_inner_colon && kAllowed.find(c) == std::string_view::npos) return false;
  }
  if (text.back() == ' ') return false;
  constexpr std::array<std::string_view, 9> kWords = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
  const std::string word = lower(text.substr(0, 6));
  return std::find(kWords.begin(), kWords.end(), word) == kWords.end();
}

}  // namespace

std::string literal(std::string_view text) {
  if (text.find("$$") == std::string_view::npos && text.find("${") == std::string_view::npos) return std::string(text);
  std::string out;
  for (const char c : text) out.append(c == '$' ? 2 : 1, c);
  return out;
}

bool holds_placeholder(std::string_view text) {
  return !scenario::check_placeholders(text, scenario::Placeholders::kNone);
}

std::string request_target(std::string_view text) {
  std::string out;
  if (!text.starts_with('/')) out = "/";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool opens = c == '{' && text.substr(i + 1).starts_with('{');
    if (c > 0x20 && c < 0x7F && c != '#' && !opens)
      out += c;
    else
      format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string yaml_quoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text.front());
    const std::size_t length = c < 0x80 ? 1 : utf8_length(text);
    const std::string_view one = text.substr(0, std::max<std::size_t>(length, 1));
    if (c == '"' || c == '\\')
      out += '\\', out += text.front();
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (c == '\r')
      out += "\\r";
    else if (c < 0x20 || c == 0x7F)
      format_to(std::back_inserter(out), "\\x{:02x}", c);
    else if (length == 0)
      out += "\\uFFFD";
    else if (one >= "\u0080" && one <= "\u009F" && one.size() == 2)
      format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(one[1]));
    else if (one == "\uFEFF")
      out += "\\uFEFF";
    else
      out += one;
    text.remove_prefix(one.size());
  }
  return out + '"';
}

std::string yaml_scalar(std::string_view text) { return is_plain(text) ? std::string(text) : yaml_quoted(text); }

std::string comment_text(std::string_view text) {
  std::string valid = config::printable(valid_utf8(text.substr(0, 4 * kMaxComment)));
  if (valid.size() <= kMaxComment) return valid;
  std::size_t end = kMaxComment;
  while (end > 0 && (static_cast<unsigned char>(valid[end]) & 0xC0) == 0x80) --end;
  return valid.substr(0, end) + "...";
}

std::string variable_name(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kMaxVariable)) out += is_letter(c) || is_digit(c) ? upper(c) : '_';
  if (out.empty() || is_digit(out.front())) out.insert(0, "_");
  return out;
}

std::string scenario_name(std::string_view path) {
  std::string out;
  for (const char c : path.substr(0, path.find_first_of("?#"))) {
    if (is_letter(c) || is_digit(c))
      out += lower(c);
    else if (!out.empty() && out.back() != '_')
      out += '_';
    if (out.size() == kMaxName) break;
  }
  while (!out.empty() && out.back() == '_') out.pop_back();
  return out.empty() ? "front_page" : out;
}

}  // namespace loadstone::draft
