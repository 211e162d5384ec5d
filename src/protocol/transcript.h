// A conversation on one connection as a text file: what was asked, the bytes that came, and the events they must give.
// For tests: a player gives the bytes to a codec whole and in pieces, and the events must always be the same.
//
//   # RFC 9112 section 6.2: what is shown
//   request GET                  a request is started; the method, and `close` if it asks to close afterwards
//   receive HTTP/1.1 200 OK\r\n  bytes, with the escapes \r \n \t \0 \\ \xHH; neighbouring lines are one piece
//   repeat 1000 a: b\r\n         the same bytes so many times
//   eof                          the peer closes
// and after each stretch of these, what must have come of it:
//   head 200
//   body hello                   all of the answer's body in one line, with escapes
//   body-bytes 70000             or only its size
//   done
//   failed protocol PHRASE       or failed closed PHRASE
//   unsolicited
//   reusable yes                 whether the connection may be used again
//
// A WebSocket session is asked otherwise:
//   connect OPTION…              it is started; options are deflate, client-no-takeover, server-no-takeover,
//                                protocol=NAME and limit=BYTES
//   answer FIELDS                the server accepts the key of RFC 6455 section 1.3; with escapes, and may be left out
//   send text hello              or binary, ping, close CODE REASON (close alone has no code)
// and gives
//   open
//   text hello                   binary, ping, pong likewise; text-bytes, binary-bytes for large ones
//   close 1000 bye
//   refused 404                  failed, with the status of an answer that was not 101
//   sends pong hello             frames that wait to go out, after the events: text, binary, ping, pong, close
// and last, where it matters, what is then true of it:
//   state closed                 fresh, connecting, open, closing, closed
//   subprotocol chat
//   deflates                     compression was agreed on
//   close-code 1006
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "protocol/event.h"

namespace loadstone::protocol {

struct Transcript {
  struct Input {
    enum class Kind : std::uint8_t { kRequest, kReceive, kEndOfInput, kConnect, kSend };
    Kind kind;
    // kRequest: the method; kReceive: the bytes; kConnect, kSend: what follows the word, unescaped
    std::string text;
    bool closes = false;  // kRequest
  };
  struct Stretch {
    std::vector<Input> inputs;
    std::vector<std::string> expected;  // as EventLines gives them
    std::optional<bool> reusable;
  };
  std::vector<Stretch> stretches;
};

// Errors name the line.
[[nodiscard]] Result<Transcript> parse_transcript(std::string_view text);

// Events as lines of a transcript, pieces of a body joined.
class EventLines {
 public:
  void add(const Event& event);
  // The lines so far, and begins anew.
  [[nodiscard]] std::vector<std::string> take();

 private:
  void end_body();
  std::vector<std::string> lines_;
  std::string body_;
  bool in_body_ = false;
};

// A word and bytes as a line of a transcript: escaped, or only their number.
[[nodiscard]] std::string line_of(std::string_view word, std::string_view bytes);
// Text with what is not printable escaped, as transcripts have it.
[[nodiscard]] std::string escape_bytes(std::string_view bytes);

}  // namespace loadstone::protocol
