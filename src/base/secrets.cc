#include "base/secrets.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/json_writer.h"
#include "base/url.h"

namespace loadstone {

bool is_secret_name(std::string_view name) {
  static constexpr std::array<std::string_view, 14> kWhole = {
      "authorization", "cookie", "auth", "jwt",       "sid",        "sig",         "pin",
      "otp",           "pwd",    "pass", "assertion", "credential", "credentials", "code_verifier"};
  static constexpr std::array<std::string_view, 13> kParts = {
      "token",   "secret", "api-key", "apikey",    "api_key", "passw",     "passphrase",
      "session", "csrf",   "xsrf",    "signature", "x-auth",  "access_key"};
  const std::string word = lower(name);
  return std::find(kWhole.begin(), kWhole.end(), word) != kWhole.end() ||
         std::any_of(kParts.begin(), kParts.end(),
                     [&](std::string_view part) { return word.find(part) != std::string::npos; });
}

void Secrets::add(std::string_view value, std::string_view shown) {
  if (value.size() < kShortest) return;
  add_form(value, shown);
  add_form(percent_encoded(value), shown);
  std::string json;
  JsonWriter::append_json_string(json, value);
  add_form(std::string_view(json).substr(1, json.size() - 2), shown);
}

void Secrets::add_form(std::string_view form, std::string_view shown) {
  if (std::any_of(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.form == form; })) return;
  const auto shorter =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.form.size() < form.size(); });
  entries_.insert(shorter, {std::string(form), std::string(shown)});
}

std::string Secrets::hide(std::string_view text) const {
  std::string out;
  while (!text.empty()) {
    std::size_t first = std::string_view::npos;
    const Entry* hidden = nullptr;
    for (const Entry& e : entries_)
      if (const std::size_t at = text.find(e.form); at < first) {
        first = at;
        hidden = &e;
      }
    out.append(text.substr(0, first));
    if (hidden == nullptr) break;
    out.append(hidden->shown);
    text.remove_prefix(first + hidden->form.size());
  }
  return out;
}

}  // namespace loadstone
