#include "config/parse_json.h"

#include <unordered_map>

#include "base/ascii.h"
#include "base/format.h"
#include "base/utf8.h"

namespace loadstone::config {
namespace {

// Thrown within this file to leave the recursion; what is wrong has been reported.
struct Stop {};

class Reader {
 public:
  Reader(const Source& source, Diagnostics& problems, const Bounds& bounds)
      : text_(source.text()), problems_(problems), bounds_(bounds) {}

  Node document() {
    Node root = value(0);
    skip_blanks();
    if (at_ < text_.size()) stop(at_, "nothing may follow the end of the JSON value");
    return root;
  }

 private:
  [[noreturn]] void stop(std::size_t offset, std::string message) {
    problems_.error({offset, 1}, std::move(message));
    throw Stop{};
  }

  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
  }

  Node value(std::size_t depth) {
    skip_blanks();
    if (depth > bounds_.depth) stop(at_, format("nested more than {} deep", bounds_.depth));
    if (++nodes_ > bounds_.nodes) stop(at_, format("more than {} values", bounds_.nodes));
    Node node;
    const std::size_t begin = at_;
    switch (peek()) {
      case '{':
        object(node, depth);
        break;
      case '[':
        array(node, depth);
        break;
      case '"':
        node.kind = Kind::kScalar;
        node.is_quoted = true;
        node.text = string();
        if (node.text.size() + 2 == at_ - begin) node.text_offset = begin + 1;
        break;
      default:
        word(node);
    }
    const bool is_nested = node.kind == Kind::kMap || node.kind == Kind::kSequence;
    node.span = {begin, is_nested ? 1 : at_ - begin};
    return node;
  }

  void object(Node& node, std::size_t depth) {
    node.kind = Kind::kMap;
    const std::size_t begin = at_++;
    std::unordered_map<std::string, std::size_t> seen;
    skip_blanks();
    if (peek() == '}') {
      ++at_;
      return;
    }
    while (true) {
      skip_blanks();
      Entry entry;
      const std::size_t name = at_;
      if (at_ >= text_.size()) stop(begin, "this '{' has no matching '}'");
      if (peek() != '"') stop(at_, "expected a name in double quotes");
      entry.key = string();
      entry.key_span = {name, at_ - name};
      skip_blanks();
      if (peek() != ':') stop(std::min(at_, text_.size()), "expected ':' after the name");
      ++at_;
      entry.value = value(depth + 1);
      const auto [known, is_new] = seen.emplace(entry.key, node.entries.size());
      if (is_new)
        node.entries.push_back(std::move(entry));
      else
        node.entries[known->second] = std::move(entry);
      if (ends(begin, '}', "this '{' has no matching '}'", "expected ',' or '}'")) return;
    }
  }

  void array(Node& node, std::size_t depth) {
    node.kind = Kind::kSequence;
    const std::size_t begin = at_++;
    skip_blanks();
    if (peek() == ']') {
      ++at_;
      return;
    }
    while (true) {
      node.items.push_back(value(depth + 1));
      if (ends(begin, ']', "this '[' has no matching ']'", "expected ',' or ']'")) return;
    }
  }

  // After a member: whether the bracket closes, or a comma asks for another.
  bool ends(std::size_t begin, char bracket, const char* unclosed, const char* expected) {
    skip_blanks();
    if (at_ >= text_.size()) stop(begin, unclosed);
    const char c = text_[at_];
    if (c != bracket && c != ',') stop(at_, expected);
    ++at_;
    return c == bracket;
  }

  void word(Node& node) {
    const std::size_t begin = at_;
    if (begin >= text_.size()) stop(begin, "the text ends where a value is expected");
    for (const std::string_view known : {"null", "true", "false"}) {
      if (!text_.substr(at_).starts_with(known)) continue;
      at_ += known.size();
      if (known == "null") return;
      node.kind = Kind::kScalar;
      node.text = known;
      return;
    }
    if (peek() == '-') ++at_;
    const bool has_leading_zero = peek() == '0';
    const std::size_t whole = digits();
    bool is_number = whole > 0 && (!has_leading_zero || whole == 1);
    if (is_number && peek() == '.') {
      ++at_;
      is_number = digits() > 0;
    }
    if (is_number && (peek() == 'e' || peek() == 'E')) {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      is_number = digits() > 0;
    }
    if (!is_number)
      stop(begin, "expected a value: an object, a list, a text in double quotes, a number, true, false or null");
    node.kind = Kind::kScalar;
    node.text = text_.substr(begin, at_ - begin);
    node.text_offset = begin;
  }

  std::size_t digits() {
    const std::size_t begin = at_;
    while (is_digit(peek())) ++at_;
    return at_ - begin;
  }

  std::string string() {
    const std::size_t begin = at_++;
    std::string out;
    while (true) {
      const std::size_t plain = at_;
      while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
             static_cast<unsigned char>(text_[at_]) >= 0x20)
        ++at_;
      out.append(text_.substr(plain, at_ - plain));
      bytes_ += at_ - plain;
      if (bytes_ > bounds_.text_bytes) stop(begin, format("more than {} bytes of text", bounds_.text_bytes));
      if (at_ >= text_.size()) stop(begin, "this quote is never closed");
      if (text_[at_] == '"') {
        ++at_;
        return out;
      }
      if (text_[at_] != '\\') stop(at_, "a line break or another control character within a text");
      escape(out);
    }
  }

  void escape(std::string& out) {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const std::size_t begin = at_++;
    const char c = peek();
    if (const std::size_t i = kLetters.find(c); c != '\0' && i != std::string_view::npos) {
      out.push_back(kMeanings[i]);
      ++at_;
      return;
    }
    if (c != 'u') stop(begin, "JSON has no such escape");
    ++at_;
    std::uint32_t code = four_digits(begin);
    const bool is_high = code >= 0xD800 && code < 0xDC00;
    if (is_high && text_.substr(at_).starts_with("\\u")) {
      const std::size_t second = at_;
      at_ += 2;
      const std::uint32_t low = four_digits(second);
      if (low >= 0xDC00 && low < 0xE000)
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      else
        at_ = second;
    }
    append_utf8(out, code);
  }

  std::uint32_t four_digits(std::size_t begin) {
    std::uint32_t code = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = peek();
      const int digit = is_digit(c)            ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) stop(begin, "expected four hexadecimal digits after \\u");
      code = code * 16 + static_cast<std::uint32_t>(digit);
    }
    return code;
  }

  const std::string_view text_;
  Diagnostics& problems_;
  const Bounds bounds_;
  std::size_t at_ = 0;
  std::size_t nodes_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace

std::optional<Node> parse_json(const Source& source, Diagnostics& problems, const Bounds& bounds) {
  try {
    return Reader(source, problems, bounds).document();
  } catch (const Stop&) {
    return std::nullopt;
  }
}

}  // namespace loadstone::config
