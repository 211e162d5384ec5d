#include "protocol/transcript.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/format.h"

namespace loadstone::protocol {
namespace {

// A body or message longer than this is only counted.
constexpr std::size_t kShownBody = 2000;

// The answer to the key of RFC 6455 section 1.3, but for the empty line.
constexpr std::string_view kAccepts =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

constexpr std::string_view kInputWords[] = {"request", "receive", "repeat", "eof", "connect", "answer", "send"};
constexpr std::string_view kExpectedWords[] = {"head",         "body",  "body-bytes",  "done",       "failed",
                                               "unsolicited",  "open",  "text",        "text-bytes", "binary",
                                               "binary-bytes", "ping",  "pong",        "close",      "refused",
                                               "sends",        "state", "subprotocol", "deflates",   "close-code"};

std::optional<int> hex(std::string_view two) {
  int value = 0;
  const auto [end, error] = std::from_chars(two.data(), two.data() + two.size(), value, 16);
  if (two.size() != 2 || error != std::errc() || end != two.data() + 2) return std::nullopt;
  return value;
}

std::optional<std::string> unescape(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      bytes.push_back(text[i]);
      continue;
    }
    if (++i == text.size()) return std::nullopt;
    switch (text[i]) {
      case 'r':
        bytes.push_back('\r');
        break;
      case 'n':
        bytes.push_back('\n');
        break;
      case 't':
        bytes.push_back('\t');
        break;
      case '0':
        bytes.push_back('\0');
        break;
      case '\\':
        bytes.push_back('\\');
        break;
      case 'x': {
        const auto value = hex(text.substr(i + 1, 2));
        if (!value) return std::nullopt;
        bytes.push_back(static_cast<char>(*value));
        i += 2;
        break;
      }
      default:
        return std::nullopt;
    }
  }
  return bytes;
}

std::pair<std::string_view, std::string_view> split(std::string_view line) {
  const std::size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return {line, {}};
  return {line.substr(0, blank), line.substr(blank + 1)};
}

template <std::size_t N>
bool is_one_of(std::string_view word, const std::string_view (&words)[N]) {
  return std::find(words, words + N, word) != words + N;
}

using Input = Transcript::Input;

// Appends to the piece that the line before began.
void receive(Transcript::Stretch& stretch, const std::string& bytes) {
  if (stretch.inputs.empty() || stretch.inputs.back().kind != Input::Kind::kReceive)
    stretch.inputs.push_back({Input::Kind::kReceive, {}});
  stretch.inputs.back().text += bytes;
}

// Returns false when the line is not understood.
bool read_line(std::string_view line, Transcript& transcript) {
  const auto [word, rest] = split(line);
  const bool is_input = is_one_of(word, kInputWords);
  if (transcript.stretches.empty() ||
      (is_input && (!transcript.stretches.back().expected.empty() || transcript.stretches.back().reusable)))
    transcript.stretches.emplace_back();
  Transcript::Stretch& stretch = transcript.stretches.back();
  if (word == "request") {
    const auto [method, option] = split(rest);
    if (method.empty() || (!option.empty() && option != "close")) return false;
    stretch.inputs.push_back({Input::Kind::kRequest, std::string(method), option == "close"});
    return true;
  }
  if (word == "receive") {
    const auto bytes = unescape(rest);
    if (bytes) receive(stretch, *bytes);
    return bytes.has_value();
  }
  if (word == "repeat") {
    const auto [times, text] = split(rest);
    int n = 0;
    const auto bytes = unescape(text);
    if (std::from_chars(times.data(), times.data() + times.size(), n).ec != std::errc() || !bytes) return false;
    for (int i = 0; i < n; ++i) receive(stretch, *bytes);
    return true;
  }
  if (word == "eof") {
    stretch.inputs.push_back({Input::Kind::kEndOfInput, {}});
    return rest.empty();
  }
  if (word == "connect" || word == "send") {
    const auto text = unescape(rest);
    if (text) stretch.inputs.push_back({word == "send" ? Input::Kind::kSend : Input::Kind::kConnect, *text});
    return text.has_value();
  }
  if (word == "answer") {
    const auto fields = unescape(rest);
    if (fields) receive(stretch, std::string(kAccepts) + *fields + "\r\n");
    return fields.has_value();
  }
  if (word == "reusable") {
    stretch.reusable = rest == "yes";
    return rest == "yes" || rest == "no";
  }
  const bool is_expected = is_one_of(word, kExpectedWords);
  if (is_expected) stretch.expected.emplace_back(line);
  return is_expected;
}

}  // namespace

Result<Transcript> parse_transcript(std::string_view text) {
  Transcript transcript;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;
    if (!read_line(line, transcript))
      return fail(ErrorCode::kInvalid, format("line {} of the transcript is not understood: {}", number, line));
  }
  if (transcript.stretches.empty()) return fail(ErrorCode::kInvalid, "the transcript is empty");
  return transcript;
}

std::string escape_bytes(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    if (c == '\r')
      text += "\\r";
    else if (c == '\n')
      text += "\\n";
    else if (c == '\\')
      text += "\\\\";
    else if (c >= ' ' && c <= '~')
      text += c;
    else
      text += format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  return text;
}

std::string line_of(std::string_view word, std::string_view bytes) {
  if (bytes.size() > kShownBody) return format("{}-bytes {}", word, bytes.size());
  return bytes.empty() ? std::string(word) : format("{} {}", word, escape_bytes(bytes));
}

void EventLines::end_body() {
  if (!in_body_) return;
  lines_.push_back(line_of("body", body_));
  body_.clear();
  in_body_ = false;
}

void EventLines::add(const Event& event) {
  if (event.kind == Event::Kind::kBody) {
    in_body_ = true;
    body_ += event.bytes;
    return;
  }
  end_body();
  switch (event.kind) {
    case Event::Kind::kHead:
      lines_.push_back(format("head {}", event.status));
      break;
    case Event::Kind::kDone:
      lines_.emplace_back("done");
      break;
    case Event::Kind::kFailed:
      if (event.status != 0)
        lines_.push_back(format("refused {}", event.status));
      else
        lines_.push_back(
            format("failed {} {}", event.reason == Event::Reason::kClosed ? "closed" : "protocol", event.bytes));
      break;
    case Event::Kind::kUnsolicited:
      lines_.emplace_back("unsolicited");
      break;
    case Event::Kind::kOpen:
      lines_.emplace_back("open");
      break;
    case Event::Kind::kText:
      lines_.push_back(line_of("text", event.bytes));
      break;
    case Event::Kind::kBinary:
      lines_.push_back(line_of("binary", event.bytes));
      break;
    case Event::Kind::kPing:
      lines_.push_back(line_of("ping", event.bytes));
      break;
    case Event::Kind::kPong:
      lines_.push_back(line_of("pong", event.bytes));
      break;
    case Event::Kind::kClose:
      lines_.push_back(line_of(format("close {}", event.status), event.bytes));
      break;
    case Event::Kind::kBody:
      break;
  }
}

std::vector<std::string> EventLines::take() {
  end_body();
  return std::exchange(lines_, {});
}

}  // namespace loadstone::protocol
