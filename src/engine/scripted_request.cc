#include "engine/scripted_request.h"

#include <algorithm>

#include "base/base64.h"
#include "base/check.h"
#include "base/format.h"
#include "protocol/http1/encode.h"
#include "protocol/http2/encode.h"
#include "scenario/values.h"

namespace loadstone::engine {
namespace {

using journey::Escape;
using journey::Template;

constexpr std::uint32_t kTargetText = 0;
constexpr std::uint32_t kCookieText = 1;
constexpr std::uint32_t kFirstBlank = 2;

bool names(const scenario::Header& header, std::string_view name) {
  return scenario::same_header_name(header.name, name);
}

// How values are put into a body of this type.
Escape body_escape(const std::vector<scenario::Header>& headers) {
  for (const auto& h : headers) {
    if (!names(h, "Content-Type")) continue;
    if (h.value.find("json") != std::string::npos) return Escape::kJson;
    if (h.value.starts_with("application/x-www-form-urlencoded")) return Escape::kForm;
  }
  return Escape::kNone;
}

Template parsed(std::string_view text, const journey::Script& script, bool is_json = false) {
  return Template::of_checked(text, script.vocabulary, is_json);
}

// A mark that stands in none of the texts of a request.
std::string unused_mark(const scenario::Request& request) {
  std::string mark = "\x01{";
  const auto is_used = [&] {
    bool used = request.body.find(mark) != std::string::npos || request.target.find(mark) != std::string::npos;
    for (const auto& h : request.headers) used = used || h.value.find(mark) != std::string::npos;
    return used;
  };
  while (is_used()) mark.insert(1, "#");
  return mark;
}

}  // namespace

// Makes holes of the words of texts, and keeps what goes into them.
class ScriptedRequest::Writer {
 public:
  Writer(std::vector<Blank>& blanks, std::string mark) : blanks_(blanks), mark_(std::move(mark)) {}

  [[nodiscard]] std::string hole(std::uint32_t text) const { return format("{}{}}}", mark_, text); }
  // The text with a hole for each of its words.
  std::string with_holes(const Template& text, Escape escape) {
    std::string out;
    for (const Template::Piece& piece : text.pieces()) {
      out += piece.literal;
      if (!piece.has_word) continue;
      Template::Piece word = piece;
      word.literal.clear();
      out += blank({Template(std::vector{std::move(word)}), escape, false});
    }
    return out;
  }
  std::string blank(Blank blank) {
    blanks_.push_back(std::move(blank));
    return hole(kFirstBlank + static_cast<std::uint32_t>(blanks_.size()) - 1);
  }
  [[nodiscard]] const std::string& mark() const { return mark_; }

 private:
  std::vector<Blank>& blanks_;
  std::string mark_;
};

ScriptedRequest::ScriptedRequest(const scenario::Request& request, const journey::Script& script,
                                 const journey::Step& step, const scenario::Endpoint& endpoint, bool keep_alive,
                                 scenario::HttpVersion version)
    : method_(request.method), target_(parsed(request.target, script)) {
  Writer writer(blanks_, unused_mark(request));
  const Escape escape = body_escape(request.headers);
  const std::string target = writer.with_holes(target_, Escape::kTarget);
  const std::string body = writer.with_holes(parsed(request.body, script, escape == Escape::kJson), escape);
  std::vector<std::pair<std::string, std::string>> headers;
  std::string cookie;
  for (const auto& h : request.headers) {
    std::string value = writer.with_holes(parsed(h.value, script), Escape::kField);
    if (script.keeps_cookies && names(h, "Cookie"))
      cookie += (cookie.empty() ? "" : "; ") + value;
    else
      headers.emplace_back(h.name, std::move(value));
  }
  if (request.credentials)
    headers.emplace_back(
        "Authorization",
        "Basic " + writer.blank({parsed(request.credentials->user + ":" + request.credentials->password, script),
                                 Escape::kField, true}));
  const std::string authority = endpoint.url.authority();
  const std::string elsewhere = writer.hole(kTargetText);
  for (const Form form : {Form::kAsWritten, Form::kElsewhere, Form::kGet}) {
    if (form != Form::kAsWritten && script.most_redirects == 0) break;
    for (const bool with_cookies : {false, true}) {
      protocol::RequestParts parts;
      parts.scheme = endpoint.url.scheme;
      const bool is_get = form == Form::kGet;
      parts.method = is_get ? std::string_view("GET") : std::string_view(request.method);
      parts.target = form == Form::kAsWritten ? target : elsewhere;
      parts.authority = authority;
      for (const auto& [name, value] : headers)
        if (!is_get ||
            !(scenario::same_header_name(name, "Content-Type") || scenario::same_header_name(name, "Content-Length")))
          parts.headers.emplace_back(name, value);
      const std::string jar = writer.hole(kCookieText);
      const std::string cookies = !with_cookies ? cookie : cookie.empty() ? jar : format("{}; {}", cookie, jar);
      if (!cookies.empty()) parts.headers.emplace_back("Cookie", cookies);
      if (!is_get) parts.body = body;
      parts.keep_alive = keep_alive;
      parts.wants_body = true;  // how much of it is kept, says the plan
      parts.wants_fields = step.needs_fields() || script.keeps_cookies || script.most_redirects > 0;
      parts.text_mark = writer.mark();
      prepared_.push_back(version == scenario::HttpVersion::k2 ? http2::encode(parts) : http1::encode(parts));
    }
  }
}

void ScriptedRequest::fill(std::vector<std::string>& texts, const journey::Values& values, std::string_view target,
                           std::string_view cookies) const {
  texts.resize(std::max(texts.size(), blanks_.size() + kFirstBlank));
  texts[kTargetText] = target;
  texts[kCookieText] = cookies;
  for (std::size_t i = 0; i < blanks_.size(); ++i) {
    std::string& text = texts[kFirstBlank + i];
    text.clear();
    blanks_[i].text.append(text, values, blanks_[i].escape);
    if (blanks_[i].is_base64) text = to_base64(text);
  }
}

std::string ScriptedRequest::target(const journey::Values& values) const {
  std::string out;
  target_.append(out, values, Escape::kTarget);
  return out;
}

}  // namespace loadstone::engine
