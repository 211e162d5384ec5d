#include "draft/shell_words.h"

#include "base/format.h"
#include "base/utf8.h"

namespace loadstone::draft {
namespace {

// Thrown within this file; what is wrong has been reported.
struct Stop {};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

class Cutter {
 public:
  Cutter(const config::Source& source, config::Diagnostics& problems) : text_(source.text()), problems_(problems) {}

  ShellWords cut() {
    ShellWords result;
    while (true) {
      skip_blanks();
      if (at_ >= text_.size()) break;
      if (text_[at_] == '\n' && result.words.empty()) {
        ++at_;
        continue;
      }
      if (is_operator(text_[at_])) {
        result.rest = text_.substr(at_);
        if (result.rest.find_first_not_of(" \n\t;") == std::string::npos) result.rest.clear();
        break;
      }
      if (result.words.size() >= kMaxWords) stop(at_, format("more than {} words", kMaxWords));
      result.words.push_back(word());
    }
    return result;
  }

 private:
  [[noreturn]] void stop(std::size_t at, std::string message) {
    problems_.error({at, 1}, std::move(message));
    throw Stop{};
  }

  static bool is_operator(char c) { return std::string_view("|&;<>\n").find(c) != std::string_view::npos; }
  static bool is_blank(char c) { return c == ' ' || c == '\t'; }
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void skip_blanks() {
    while (at_ < text_.size() && (is_blank(text_[at_]) || text_.substr(at_).starts_with("\\\n")))
      at_ += text_[at_] == '\\' ? 2 : 1;
  }

  ShellWord word() {
    ShellWord w;
    const std::size_t begin = at_;
    while (at_ < text_.size() && !is_blank(text_[at_]) && !is_operator(text_[at_])) {
      const char c = text_[at_];
      if (c == '\'')
        single(w);
      else if (c == '"')
        twofold(w);
      else if (c == '$' && peek(1) == '\'')
        escaped(w);
      else if (c == '\\')
        backslash(w);
      else
        plain(w);
    }
    w.span = {begin, std::min(text_.substr(begin, at_ - begin).find('\n'), at_ - begin)};
    return w;
  }

  void plain(ShellWord& w) {
    const char c = text_[at_++];
    const char next = peek();
    const bool is_name = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') || next == '_';
    if (c == '`' || (c == '$' && (is_name || next == '{' || next == '('))) w.has_expansion = true;
    w.text += c;
  }

  void backslash(ShellWord& w) {
    ++at_;
    if (at_ >= text_.size()) return;  // as a shell has it: nothing follows, nothing is quoted
    if (text_[at_] != '\n') w.text += text_[at_];
    ++at_;
  }

  void single(ShellWord& w) {
    const std::size_t begin = at_++;
    const std::size_t end = text_.find('\'', at_);
    if (end == std::string_view::npos) stop(begin, "this ' has no matching '");
    w.text += text_.substr(at_, end - at_);
    at_ = end + 1;
  }

  void twofold(ShellWord& w) {
    const std::size_t begin = at_++;
    while (true) {
      if (at_ >= text_.size()) stop(begin, "this \" has no matching \"");
      const char c = text_[at_];
      if (c == '"') break;
      const char next = peek(1);
      if (c == '\\' && next != '\0' && std::string_view("$`\"\\\n").find(next) != std::string_view::npos) {
        if (next != '\n') w.text += next;
        at_ += 2;
      } else {
        plain(w);
      }
    }
    ++at_;
  }

  // $'...': the escapes of C, and \u and \U.
  void escaped(ShellWord& w) {
    const std::size_t begin = at_;
    at_ += 2;
    while (true) {
      if (at_ >= text_.size()) stop(begin, "this $' has no matching '");
      const char c = text_[at_++];
      if (c == '\'') return;
      if (c != '\\') {
        w.text += c;
        continue;
      }
      if (at_ >= text_.size()) stop(begin, "this $' has no matching '");
      escape(w);
    }
  }

  void escape(ShellWord& w) {
    constexpr std::string_view kLetters = "abefnrtv";
    constexpr std::string_view kMeanings = "\a\b\x1b\f\n\r\t\v";
    const char c = text_[at_++];
    if (const std::size_t i = kLetters.find(c); i != std::string_view::npos)
      w.text += kMeanings[i];
    else if (c == 'x')
      w.text += static_cast<char>(static_cast<unsigned char>(number(16, 2)));
    else if (c == 'u' || c == 'U')
      append_utf8(w.text, number(16, c == 'u' ? 4 : 8));
    else if (c >= '0' && c <= '7')
      --at_, w.text += static_cast<char>(static_cast<unsigned char>(number(8, 3)));
    else
      w.text += c;
  }

  std::uint32_t number(int base, int digits) {
    std::uint32_t value = 0;
    for (; digits > 0; --digits, ++at_) {
      const int digit = hex_digit(peek());
      if (digit < 0 || digit >= base) break;
      value = value * static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(digit);
    }
    return value;
  }

  const std::string_view text_;
  config::Diagnostics& problems_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<ShellWords> shell_words(const config::Source& source, config::Diagnostics& problems) {
  try {
    return Cutter(source, problems).cut();
  } catch (const Stop&) {
    return std::nullopt;
  }
}

}  // namespace loadstone::draft
