#include "base/base64.h"
#include "base/format.h"
#include "scenario/load_parts.h"

namespace loadstone::scenario {
namespace {

constexpr std::string_view kHidden = "(hidden)";

void replace_authorization(std::vector<Header>& headers) {
  std::erase_if(headers, [](const Header& h) { return same_header_name(h.name, "Authorization"); });
}

// A value of `auth:`, which goes into a header.
std::optional<std::string> read_value(Fields& fields, std::string_view key, Placeholders words) {
  auto text = fields.text(key);
  if (!text) return std::nullopt;
  auto ok = check_header_value(*text);
  if (ok) ok = check_placeholders(*text, words);
  if (ok && text->empty()) ok = fail(ErrorCode::kInvalid, "must not be empty");
  if (!ok) fields.problems().error(fields.find(key)->value.span, format("{}: {}", key, ok.error().message));
  return text;
}

std::optional<Request::Credentials> read_basic(const config::Node& node, Placeholders words,
                                               config::Diagnostics& problems) {
  Fields fields(node, "basic", problems);
  const auto user = read_value(fields, "user", words);
  const auto password = read_value(fields, "password", words);
  fields.require("user", "basic authentication needs a user");
  fields.require("password", "basic authentication needs a password");
  fields.finish();
  if (!user || !password) return std::nullopt;
  // RFC 7617 section 2: the first colon ends the user's name.
  if (user->find(':') != std::string::npos && user->find("{{") == std::string::npos)
    problems.error(fields.find("user")->value.span, "user: a user's name may not hold a colon");
  return Request::Credentials{*user, *password};
}

}  // namespace

void read_auth(Fields& fields, Placeholders words, std::vector<Header>& headers,
               std::optional<Request::Credentials>& credentials, Reading& reading) {
  const config::Entry* entry = fields.entry("auth");
  if (entry == nullptr) return;
  config::Diagnostics& problems = reading.problems;
  if (const auto* own = fields.find("headers"))
    for (const config::Entry& e : own->value.entries)
      if (same_header_name(e.key, "Authorization"))
        problems.error(entry->key_span,
                       "auth and the header Authorization exclude each other: they are the same thing");
  Fields auth(entry->value, "auth", problems);
  const config::Entry* basic = auth.entry("basic");
  const auto bearer = read_value(auth, "bearer", words);
  if (basic != nullptr && auth.find("bearer") != nullptr)
    problems.error(basic->key_span, "basic and bearer exclude each other");
  if (basic == nullptr && auth.find("bearer") == nullptr && entry->value.kind == config::Kind::kMap)
    problems.error(entry->key_span, "auth: expected {bearer: TOKEN} or {basic: {user: NAME, password: WORD}}");
  auth.finish();
  const auto set = [&](std::string value) {
    replace_authorization(headers);
    credentials.reset();
    headers.push_back({"Authorization", std::move(value)});
  };
  if (bearer) {
    if (bearer->find("{{") == std::string::npos) reading.secrets.add(*bearer, kHidden);
    set("Bearer " + *bearer);
  }
  if (basic == nullptr) return;
  const auto who = read_basic(basic->value, words, problems);
  if (!who) return;
  const auto has_words = [&](const std::string& text) {
    return words == Placeholders::kJourney && text.find("{{") != std::string::npos;
  };
  if (has_words(who->user) || has_words(who->password)) {
    replace_authorization(headers);
    credentials = who;
    return;
  }
  const std::string encoded = to_base64(who->user + ":" + who->password);
  reading.secrets.add(who->password, kHidden);
  reading.secrets.add(encoded, kHidden);
  set("Basic " + encoded);
}

}  // namespace loadstone::scenario
