#include "protocol/event_stream/parser.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace loadstone::event_stream {
namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";  // of byte order
constexpr std::uint8_t kMarkOver = 4;
constexpr std::size_t kKeptBytes = 128;  // that an empty buffer may keep

constexpr const char* kTooLarge = "an event larger than the limit";
constexpr const char* kLongId = "an id too long to be sent back";

// Where the first CR or LF is; npos when there is none.
std::size_t end_of_line(std::string_view bytes) {
  const void* newline = std::memchr(bytes.data(), '\n', bytes.size());
  const std::size_t before =
      newline == nullptr ? bytes.size() : static_cast<std::size_t>(static_cast<const char*>(newline) - bytes.data());
  const void* carriage = std::memchr(bytes.data(), '\r', before);
  if (carriage != nullptr) return static_cast<std::size_t>(static_cast<const char*>(carriage) - bytes.data());
  return newline == nullptr ? std::string_view::npos : before;
}

}  // namespace

Parser::Step Parser::step(std::string_view bytes) {
  Step step;
  std::string_view rest = mark_ == kMarkOver ? bytes : skip_mark(bytes);
  while (!rest.empty() && !step.is_event && problem_ == nullptr) {
    if (std::exchange(after_return_, false) && rest.front() == '\n') {
      rest.remove_prefix(1);
      continue;
    }
    const std::size_t end = end_of_line(rest);
    if (end == std::string_view::npos) {
      keep_piece(rest);
      rest = {};
      break;
    }
    const bool stays = line_.empty() && !in_comment_;
    if (!stays) keep_piece(rest.substr(0, end));
    const std::string_view line = stays ? rest.substr(0, end) : line_;
    after_return_ = rest[end] == '\r';
    rest.remove_prefix(end + 1);
    if (std::exchange(in_comment_, false)) continue;
    if (problem_ != nullptr) break;
    if (line.empty())
      dispatch(step);
    else
      take_line(line, stays);
    line_.clear();
    if (line_.capacity() > kKeptBytes) std::string().swap(line_);
  }
  if (in_place_.data() != nullptr) data_.assign(std::exchange(in_place_, {}));
  step.problem = problem_;
  step.consumed = bytes.size() - rest.size();
  return step;
}

// A mark at the very beginning says nothing; what only began like one belongs to the first line.
std::string_view Parser::skip_mark(std::string_view bytes) {
  while (!bytes.empty() && mark_ < kMark.size() && bytes.front() == kMark[mark_]) {
    bytes.remove_prefix(1);
    ++mark_;
  }
  if (bytes.empty() && mark_ < kMark.size()) return bytes;
  if (mark_ < kMark.size()) line_.append(kMark.substr(0, mark_));
  mark_ = kMarkOver;
  return bytes;
}

void Parser::keep_piece(std::string_view piece) {
  if (in_comment_ || piece.empty()) return;
  if (line_.empty() && piece.front() == ':') {
    in_comment_ = true;
    return;
  }
  if (line_.size() + piece.size() > max_bytes_ + kFieldRoom)
    problem_ = kTooLarge;
  else
    line_.append(piece);
}

// `stays`: the line lies within the bytes of this step.
void Parser::take_line(std::string_view line, bool stays) {
  if (line.front() == ':') return;
  if (line.size() > max_bytes_ + kFieldRoom) {
    problem_ = kTooLarge;
    return;
  }
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "data") {
    take_data(value, stays);
  } else if (name == "event") {
    type_ = value;
  } else if (name == "id") {
    if (value.find('\0') != std::string_view::npos) return;
    if (value.size() > kMaxId) problem_ = kLongId;
    next_id_ = value;
  } else if (name == "retry") {
    take_retry(value);
  }
}

void Parser::take_data(std::string_view value, bool stays) {
  if (data_.size() + in_place_.size() + value.size() + (has_data_ ? 1 : 0) > max_bytes_) {
    problem_ = kTooLarge;
    return;
  }
  if (!std::exchange(has_data_, true)) {
    if (stays && value.data() != nullptr)
      in_place_ = value;
    else
      data_.assign(value);
    return;
  }
  if (in_place_.data() != nullptr) data_.assign(std::exchange(in_place_, {}));
  data_.append(1, '\n').append(value);
}

void Parser::take_retry(std::string_view digits) {
  constexpr std::int64_t kMost = std::int64_t{366} * 24 * 3600 * 1000;  // milliseconds; longer waits are as long
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) return;
  std::int64_t milliseconds = 0;
  for (const char c : digits) milliseconds = std::min(milliseconds * 10 + (c - '0'), kMost);
  retry_ = std::chrono::milliseconds(milliseconds);
}

// An empty line. Without data there is no event, but an id counts.
void Parser::dispatch(Step& step) {
  last_id_ = next_id_;
  if (std::exchange(has_data_, false)) {
    step.is_event = true;
    if (!type_.empty()) step.type = kept_.emplace_front(std::move(type_));
    step.data = in_place_.data() != nullptr ? std::exchange(in_place_, {})
                                            : std::string_view(kept_.emplace_front(std::exchange(data_, {})));
  }
  type_.clear();
}

void Parser::reset() {
  release();
  std::string().swap(line_);
  std::string().swap(data_);
  in_place_ = {};
  type_.clear();
  next_id_ = last_id_;
  problem_ = nullptr;
  mark_ = 0;
  has_data_ = in_comment_ = after_return_ = false;
}

void Parser::forget() {
  last_id_.clear();
  retry_.reset();
  reset();
}

}  // namespace loadstone::event_stream
