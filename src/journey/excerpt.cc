#include "journey/excerpt.h"

#include "base/format.h"
#include "base/utf8.h"
#include "config/diagnostic.h"

namespace loadstone::journey {
namespace {

constexpr std::size_t kMostFound = 80;
constexpr std::size_t kMostBody = 160;

// Secrets are hidden before anything is cut: the half of one would not be known for what it is. More than a reader
// looks at is not searched.
std::string shown(std::string_view text, std::size_t most, const Secrets& secrets) {
  constexpr std::size_t kSearched = 64 * 1024;
  std::string whole = secrets.hide(text.substr(0, kSearched));
  const bool is_cut = whole.size() > most;
  if (is_cut) {
    whole.resize(most);
    // Not within a character.
    while (!whole.empty() && (static_cast<unsigned char>(whole.back()) & 0xC0) == 0x80) whole.pop_back();
    if (!whole.empty() && static_cast<unsigned char>(whole.back()) >= 0xC0) whole.pop_back();
  }
  for (char& c : whole)
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  return config::printable(valid_utf8(whole)) + (is_cut ? "..." : "");
}

}  // namespace

std::string excerpt(std::string_view text, const Secrets& secrets) { return shown(text, kMostBody, secrets); }

std::string excerpt(const Failure& failure, const Answer& answer, const Secrets& secrets) {
  std::string text = failure.found ? format("found '{}'", shown(*failure.found, kMostFound, secrets)) : "nothing there";
  text += ";";
  if (answer.status != 0) text += format(" {}", answer.status);
  if (!answer.body.empty()) text += " " + shown(answer.body, kMostBody, secrets);
  return text;
}

}  // namespace loadstone::journey
