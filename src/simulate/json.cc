#include "simulate/json.h"

#include <algorithm>

#include "base/format.h"

namespace loadstone::simulate {
namespace {

constexpr int kDepth = 64;

// Walks over values without building anything.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  void blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  [[nodiscard]] std::size_t at() const { return at_; }

  bool string() {
    if (!take('"')) return false;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c == '\\' && !escape()) return false;
    }
    return false;
  }

  // One value of any kind; `members` collects those of an object when given.
  bool value(int depth, std::vector<JsonMember>* members = nullptr) {
    if (depth > kDepth || at_ >= text_.size()) return false;
    switch (text_[at_]) {
      case '{':
        return object(depth, members);
      case '[':
        return array(depth);
      case '"':
        return string();
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

 private:
  bool escape() {
    if (at_ >= text_.size()) return false;
    const char c = text_[at_++];
    if (c != 'u') return std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
    for (int i = 0; i < 4; ++i, ++at_)
      if (at_ >= text_.size() || std::isxdigit(static_cast<unsigned char>(text_[at_])) == 0) return false;
    return true;
  }
  bool word(std::string_view w) {
    if (text_.substr(at_, w.size()) != w) return false;
    at_ += w.size();
    return true;
  }
  bool digits() {
    const std::size_t from = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ > from;
  }
  bool number() {
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      return digits();
    }
    return true;
  }
  bool array(int depth) {
    take('[');
    blanks();
    if (take(']')) return true;
    for (;;) {
      blanks();
      if (!value(depth + 1)) return false;
      blanks();
      if (take(']')) return true;
      if (!take(',')) return false;
    }
  }
  bool object(int depth, std::vector<JsonMember>* members) {
    take('{');
    blanks();
    if (take('}')) return true;
    for (;;) {
      blanks();
      const std::size_t name = at_;
      if (!string()) return false;
      const std::size_t name_end = at_;
      blanks();
      if (!take(':')) return false;
      blanks();
      const std::size_t from = at_;
      if (!value(depth + 1)) return false;
      if (members != nullptr)
        members->push_back({text_.substr(name + 1, name_end - name - 2), text_.substr(from, at_ - from)});
      blanks();
      if (take('}')) return true;
      if (!take(',')) return false;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::string json_quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += {'\\', c};
    else if (static_cast<unsigned char>(c) < 0x20)
      out += format("\\u{:04x}", static_cast<unsigned>(c));
    else
      out += c;
  }
  return out + '"';
}

std::optional<std::vector<JsonMember>> json_members(std::string_view text) {
  Scanner scanner(text);
  std::vector<JsonMember> members;
  scanner.blanks();
  if (text.substr(scanner.at(), 1) != "{" || !scanner.value(0, &members)) return std::nullopt;
  scanner.blanks();
  if (!scanner.at_end()) return std::nullopt;
  return members;
}

std::string_view json_at(std::string_view text, std::string_view pointer) {
  while (!pointer.empty()) {
    pointer.remove_prefix(1);  // the '/'
    const std::size_t end = std::min(pointer.find('/'), pointer.size());
    std::string name;
    for (std::size_t i = 0; i < end; ++i) {
      const bool escape = pointer[i] == '~' && i + 1 < end && (pointer[i + 1] == '0' || pointer[i + 1] == '1');
      name += escape ? (pointer[i + 1] == '0' ? '~' : '/') : pointer[i];
      if (escape) ++i;
    }
    pointer.remove_prefix(end);
    const auto members = json_members(text);
    if (!members) return {};
    text = {};
    for (const JsonMember& m : *members)
      if (m.name == name) text = m.value;
    if (text.empty()) return {};
  }
  return text;
}

}  // namespace loadstone::simulate
