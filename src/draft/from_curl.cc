#include <algorithm>

#include "base/format.h"
#include "base/url.h"
#include "draft/captured.h"
#include "draft/curl_flags.h"
#include "draft/read.h"
#include "draft/shell_words.h"
#include "draft/suite_value.h"
#include "scenario/values.h"

namespace loadstone::draft {
namespace {

// Of --connect-to HOST1:PORT1:HOST2:PORT2 the second half.
std::string second_host(std::string_view text) {
  const std::size_t first = text.find(':');
  const std::size_t second = first == std::string_view::npos ? first : text.find(':', first + 1);
  return second == std::string_view::npos ? "" : std::string(text.substr(second + 1));
}

// The parts of name=content that --data-urlencode leaves as they are, and those that it encodes.
std::string url_encoded(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return percent_encoded(text);
  return format("{}{}{}", text.substr(0, equals), equals == 0 ? "" : "=", percent_encoded(text.substr(equals + 1)));
}

class Command {
 public:
  Command(const Choices& choices, config::Diagnostics& problems) : choices_(choices), problems_(problems) {}

  std::optional<Draft> read(const ShellWords& command) {
    const std::vector<ShellWord>& words = command.words;
    std::size_t first = 0;
    while (first < words.size() && words[first].text == "$") ++first;  // the prompt, copied too
    if (first >= words.size() || !is_curl(words[first].text)) {
      const auto span = first < words.size() ? words[first].span : config::Span{0, 1};
      problems_.error(span, "expected a command that begins with curl");
      return std::nullopt;
    }
    if (!read_words(words, first + 1)) return std::nullopt;
    if (const std::size_t end = command.rest.find_last_not_of(" \t\n"); end != std::string::npos)
      draft_.note(format("Left out: what the shell does after the command: {}",
                         comment_text(std::string_view(command.rest).substr(0, end + 1))));
    return finish(words[first].span);
  }

 private:
  // False after a mistake.
  bool read_words(const std::vector<ShellWord>& words, std::size_t i) {
    bool only_urls = false;
    for (; i < words.size() && !is_over_; ++i) {
      const ShellWord& word = words[i];
      const std::string_view text = word.text;
      if (word.has_expansion)
        draft_.note("A variable or command of the shell stands as it is; write ${NAME} to have it filled in.");
      if (text == "--" && !only_urls) {
        only_urls = true;
      } else if (only_urls || text.size() < 2 || text.front() != '-') {
        take_url(word);
      } else if (text.starts_with("--")) {
        if (!long_flag(words, i)) return false;
      } else if (!letters(words, i)) {
        return false;
      }
    }
    return true;
  }

  bool long_flag(const std::vector<ShellWord>& words, std::size_t& i) {
    const ShellWord& word = words[i];
    const std::string_view name = std::string_view(word.text).substr(2);
    const CurlFlagRow* row = find_curl_flag(name);
    if (row == nullptr) {
      if (name.starts_with("no-")) return true;
      unknown(word.text);
      if (i + 1 < words.size() && is_likely_value(words[i + 1].text)) ++i;
      return true;
    }
    if (!row->takes_value) return take(*row, {}), true;
    return value_of(*row, words, ++i, word);
  }

  // -sSL, -XPOST, -H 'a: b'
  bool letters(const std::vector<ShellWord>& words, std::size_t& i) {
    const ShellWord& word = words[i];
    for (std::size_t at = 1; at < word.text.size(); ++at) {
      const CurlFlagRow* row = find_curl_flag(word.text[at]);
      if (row == nullptr) {
        unknown(format("-{}", word.text[at]));
        continue;
      }
      if (!row->takes_value) {
        take(*row, {});
        continue;
      }
      if (at + 1 < word.text.size()) {
        take(*row, std::string_view(word.text).substr(at + 1));
        return true;
      }
      return value_of(*row, words, ++i, word);
    }
    return true;
  }

  bool value_of(const CurlFlagRow& row, const std::vector<ShellWord>& words, std::size_t i, const ShellWord& flag) {
    if (i >= words.size()) {
      problems_.error(flag.span, format("{} needs a value", config::quoted(flag.text)));
      return false;
    }
    take(row, words[i].text);
    return true;
  }

  void unknown(std::string_view flag) {
    draft_.note(format("Left out: {}, a flag that loadstone does not know", comment_text(flag)));
  }

  // Whether the word after an unknown flag is its value, not the URL.
  [[nodiscard]] bool is_likely_value(std::string_view text) const {
    if (text.starts_with('-')) return false;
    return !url_.empty() || text.find_first_of(".:/") == std::string_view::npos;
  }

  void take_url(const ShellWord& word) {
    if (url_.empty()) {
      url_ = word.text;
      url_span_ = word.span;
    } else {
      draft_.note("Left out: a second URL; a suite takes it as another request.");
    }
  }

  void take(const CurlFlagRow& row, std::string_view value) {
    switch (row.flag) {
      case CurlFlag::kUrl:
        take_url({std::string(value), {}, false});
        break;
      case CurlFlag::kMethod:
        method_ = value;
        break;
      case CurlFlag::kHeader:
        header(value);
        break;
      case CurlFlag::kData:
      case CurlFlag::kDataBinary:
        value.starts_with('@') ? file(value.substr(1), row.flag) : data(value);
        break;
      case CurlFlag::kDataRaw:
        data(value);
        break;
      case CurlFlag::kDataUrlencode:
        if (const std::size_t mark = value.find_first_of("=@"); mark != std::string_view::npos && value[mark] == '@')
          file(value.substr(mark + 1), row.flag);
        else
          data(url_encoded(value));
        break;
      case CurlFlag::kJson:
        is_json_ = true;
        // Several are put together without a '&'.
        if (value.starts_with('@'))
          file(value.substr(1), row.flag);
        else
          data_ = data_.value_or("") + std::string(value);
        break;
      case CurlFlag::kGet:
        is_get_ = true;
        break;
      case CurlFlag::kHead:
        is_head_ = true;
        break;
      case CurlFlag::kUser:
        headers_.push_back({"Authorization", "Basic "});
        break;
      case CurlFlag::kBearer:
        headers_.push_back({"Authorization", "Bearer "});
        break;
      case CurlFlag::kCookie:
        if (value.find('=') == std::string_view::npos)
          draft_.note(format("Left out: the cookies in the file {}", comment_text(value)));
        else
          headers_.push_back({"Cookie", std::string(value)});
        break;
      case CurlFlag::kAgent:
        headers_.push_back({"User-Agent", std::string(value)});
        break;
      case CurlFlag::kReferer:
        headers_.push_back({"Referer", std::string(value)});
        break;
      case CurlFlag::kRange:
        headers_.push_back({"Range", format("bytes={}", value)});
        break;
      case CurlFlag::kCompressed:
        headers_.push_back({"Accept-Encoding", "gzip, deflate, br"});
        break;
      default:
        connection(row, value);
    }
  }

  // What is not about the request itself.
  void connection(const CurlFlagRow& row, std::string_view value) {
    switch (row.flag) {
      case CurlFlag::kInsecure:
        draft_.insecure = true;
        break;
      case CurlFlag::kMaxTime:
        draft_.timeout = duration(row, value);
        break;
      case CurlFlag::kConnectTimeout:
        draft_.connect_timeout = duration(row, value);
        break;
      case CurlFlag::kUnixSocket:
        if (scenario::parse_socket_path(value))
          draft_.unix_socket = literal(value);
        else
          left_out(row, value);
        break;
      case CurlFlag::kConnectTo:
        if (const std::string to = second_host(value); scenario::parse_host_port(to))
          draft_.connect_to = to;
        else
          left_out(row, value);
        break;
      case CurlFlag::kHttpVersion:
        http_version_ = row.name;
        break;
      case CurlFlag::kLeftOut:
        row.name.starts_with("location") ? draft_.note("Redirects are not followed: an answer of 3xx counts as it is.")
                                         : left_out(row, {});
        break;
      case CurlFlag::kNext:
        draft_.note("Left out: what follows --next; a suite takes it as another request.");
        is_over_ = true;
        break;
      default:
        break;
    }
  }

  // The value may be a secret, so it is named only where it is known to be none.
  void left_out(const CurlFlagRow& row, std::string_view value) {
    draft_.note(format("Left out: --{}{}{}", row.name, value.empty() ? "" : " ", comment_text(value)));
  }

  // "2.5" seconds to "2500ms"; empty and a note for anything else.
  std::string duration(const CurlFlagRow& row, std::string_view seconds) {
    const std::string text = format("{}s", seconds);
    const bool is_number = !seconds.empty() && seconds.find_first_not_of("0123456789.") == std::string_view::npos;
    if (is_number && scenario::parse_positive_duration(text)) return text;
    left_out(row, seconds);
    return "";
  }

  // What of the version asked for a suite can have, and a note for what it cannot.
  void choose_version(bool is_secure) {
    if (http_version_.empty()) return;
    if (draft_.is_websocket) {
      if (http_version_ != "http1.1")
        draft_.note(format("Left out: --{}; a WebSocket is opened over HTTP/1.1", http_version_));
    } else if (http_version_ == "http1.1") {
      draft_.version = "1.1";
    } else if (http_version_ == "http2-prior-knowledge" || (http_version_ == "http2" && is_secure)) {
      draft_.version = "2";
    } else if (http_version_ == "http2") {
      draft_.note("Left out: --http2, with http:// an offer to change over; `version: 2` would begin with HTTP/2.");
    } else {
      draft_.note(format("Left out: --{}, a version that loadstone does not speak", http_version_));
    }
  }

  void header(std::string_view text) {
    const std::size_t colon = text.find_first_of(":;");
    if (text.starts_with('@') || colon == std::string_view::npos || colon == 0) {
      draft_.note(format("Left out: a header that is no NAME: VALUE{}", text.starts_with('@') ? ", but a file" : ""));
      return;
    }
    std::string_view value = text.substr(colon + 1);
    while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
    // "Name:" takes a header of curl's own away, "Name;" sends it empty.
    if (value.empty() && text[colon] == ':') return;
    headers_.push_back({std::string(text.substr(0, colon)), std::string(value)});
  }

  void data(std::string_view text) {
    if (data_)
      *data_ += format("&{}", text);
    else
      data_ = text;
  }

  void file(std::string_view path, CurlFlag flag) {
    if (path.empty() || path == "-" || data_ || !data_file_.empty()) {
      draft_.note("Left out: data from standard input, or from a file beside other data.");
      return;
    }
    data_file_ = path;
    if (flag == CurlFlag::kData)
      draft_.note("curl takes the line breaks out of a --data file; the suite sends the file as it is.");
    if (flag == CurlFlag::kDataUrlencode)
      draft_.note("curl encodes a --data-urlencode file; the suite sends the file as it is.");
  }

  std::optional<Url> url(config::Span span) {
    if (url_.empty()) {
      problems_.error(span, "this command names no URL");
      return std::nullopt;
    }
    // user:password@ would be refused
    const std::size_t scheme = url_.find("://");
    const std::size_t host = scheme == std::string::npos ? 0 : scheme + 3;
    const std::size_t at = url_.substr(0, url_.find_first_of("/?#", host)).rfind('@');
    if (at != std::string::npos && at >= host) {
      url_.erase(host, at + 1 - host);
      headers_.push_back({"Authorization", "Basic "});
    }
    const std::size_t path = std::min(url_.find_first_of("/?#", host), url_.size());
    const std::string_view text = url_;
    auto parsed = parse_url(url_.substr(0, path) + strict_url(text.substr(path, text.find('#', host) - path)));
    if (parsed) return *parsed;
    problems_.error(url_span_.length > 0 ? url_span_ : span, parsed.error().message);
    return std::nullopt;
  }

  std::optional<Draft> finish(config::Span span) {
    const auto url = this->url(span);
    if (!url) return std::nullopt;
    draft_.is_websocket = url->scheme == "ws" || url->scheme == "wss";
    draft_.origin = "a curl command";
    draft_.target = format("{}://{}", url->is_secure() ? "https" : "http", url->authority());
    draft_.suite = url->host;
    choose_version(url->is_secure());
    draft_.scenario = scenario_name(url->target);
    const bool has_data = data_ || !data_file_.empty();
    std::string target = url->target;
    if (is_get_ && data_ && !data_->empty()) target += (target.find('?') == std::string::npos ? "?" : "&") + *data_;
    Request request;
    request.method = !method_.empty() ? method_ : is_head_ ? "HEAD" : has_data && !is_get_ ? "POST" : "GET";
    if (const auto ok = scenario::check_method(request.method); !ok) {
      problems_.error(span, "--request: " + ok.error().message);
      return std::nullopt;
    }
    request.target = captured_target(draft_, target);
    if (request.target.size() > kMaxTarget) {
      problems_.error(span, format("the path is longer than {} bytes", kMaxTarget));
      return std::nullopt;
    }
    add_headers(request, url->authority(), has_data && !is_get_);
    if (draft_.is_websocket) {
      drop_what_opens_a_websocket(request);
    } else if (!is_get_) {
      add_body(request);
    }
    draft_.requests.push_back(std::move(request));
    return std::move(draft_);
  }

  void add_headers(Request& request, const std::string& authority, bool has_body) {
    std::string left_out;
    for (const auto& h : headers_) {
      const bool is_other_host = scenario::same_header_name(h.name, "Host") && h.value != authority;
      if (is_other_host || is_worth_sending(h.name) || scenario::same_header_name(h.name, "Referer"))
        add_header(draft_, request, h.name, h.value);
      else if (left_out.size() < 120)
        left_out += (left_out.empty() ? "" : ", ") + h.name;
    }
    if (!left_out.empty())
      draft_.note(format("Headers that only a browser and its cache need are left out: {}", comment_text(left_out)));
    if (!has_body) return;
    if (is_json_ && !scenario::has_header(request.headers, "Accept"))
      add_header(draft_, request, "Accept", "application/json");
    if (!scenario::has_header(request.headers, "Content-Type"))
      add_header(draft_, request, "Content-Type", is_json_ ? "application/json" : "application/x-www-form-urlencoded");
  }

  void drop_what_opens_a_websocket(Request& request) const {
    std::erase_if(request.headers, [](const scenario::Header& h) {
      return scenario::same_header_name(h.name, "Content-Type") || scenario::same_header_name(h.name, "Host");
    });
    request.method = "GET";
  }

  void add_body(Request& request) {
    if (data_) return set_body(draft_, choices_, request, *data_);
    if (data_file_.empty() || request.method == "HEAD" || request.method == "TRACE") return;
    request.body = {BodyForm::kFile, literal(data_file_)};
    request.notes.emplace_back("The path of the body is relative to this file.");
  }

  const Choices& choices_;
  config::Diagnostics& problems_;
  Draft draft_;
  std::string url_, method_, data_file_;
  std::string http_version_;  // the name of the flag; empty: none
  config::Span url_span_;
  std::vector<scenario::Header> headers_;
  std::optional<std::string> data_;
  bool is_json_ = false;
  bool is_get_ = false;
  bool is_head_ = false;
  bool is_over_ = false;  // another request begins
};

}  // namespace

std::optional<Draft> from_curl(const config::Source& source, const Choices& choices, config::Diagnostics& problems) {
  const auto words = shell_words(source, problems);
  if (!words) return std::nullopt;
  return Command(choices, problems).read(*words);
}

}  // namespace loadstone::draft
