// The text/event-stream format, by the rules of the WHATWG (HTML living standard, section 9.2.6), as it comes. No I/O.
//
// Two places where it does as browsers do, and not to the letter of the standard: the last id outlives a connection
// even when the next one begins with an event that has none; and bytes that are not UTF-8 are passed on as they are,
// for what came damaged shall look damaged.
#pragma once

#include <cstdint>
#include <forward_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace loadstone::event_stream {

class Parser {
 public:
  // A longer id is a problem: it goes into the head of a request.
  static constexpr std::size_t kMaxId = 4096;
  // What a line may have beyond the limit on data: the name of its field.
  static constexpr std::size_t kFieldRoom = 16;

  // The data of one event, and every line but comments, may have `max_bytes`.
  explicit Parser(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  struct Step {
    std::size_t consumed = 0;
    bool is_event = false;
    // Of an event. They lie within the bytes given, or in the parser until release() or reset().
    std::string_view type;  // empty: "message"
    std::string_view data;
    const char* problem = nullptr;  // the stream is of no further use
  };
  // Takes bytes up to the end of the next event; call again with the rest until nothing is left or there is a problem.
  [[nodiscard]] Step step(std::string_view bytes);
  // Frees what steps have pointed to.
  void release() {
    if (!kept_.empty()) kept_.clear();
  }

  // The id of the last event that had one; empty: none had.
  [[nodiscard]] const std::string& last_id() const { return last_id_; }
  // What the service said last of how long a client should wait before it comes back.
  [[nodiscard]] std::optional<Nanoseconds> retry() const { return retry_; }

  // For a new connection: an event that has begun is forgotten, the last id and the pause are not.
  void reset();
  // All is.
  void forget();

 private:
  [[nodiscard]] std::string_view skip_mark(std::string_view bytes);
  void keep_piece(std::string_view piece);
  void take_line(std::string_view line, bool stays);
  void take_data(std::string_view value, bool stays);
  void take_retry(std::string_view digits);
  void dispatch(Step& step);

  const std::size_t max_bytes_;
  std::string line_;           // that has begun, when it came in pieces
  std::string data_;           // of the event that has begun, unless it lies in data_in_place_
  std::string_view in_place_;  // its only line of data, within the bytes of this step
  std::string type_;           // likewise
  std::string next_id_;        // becomes the last id with the end of the event
  std::string last_id_;
  std::optional<Nanoseconds> retry_;
  std::forward_list<std::string> kept_;
  const char* problem_ = nullptr;
  std::uint8_t mark_ = 0;      // how much of the byte order mark has come; kMarkOver: no more is looked for
  bool has_data_ = false;      // the event has a line of data, be it empty
  bool in_comment_ = false;    // the line that has begun
  bool after_return_ = false;  // the last line ended with CR: LF belongs to it
};

}  // namespace loadstone::event_stream
