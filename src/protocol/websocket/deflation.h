// permessage-deflate (RFC 7692 section 7.2): messages in and out of one connection through zlib. The one door to zlib.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace loadstone::websocket {

// What was negotiated.
struct DeflateTerms {
  int client_window_bits = 15;
  int server_window_bits = 15;
  bool client_context_takeover = true;
  bool server_context_takeover = true;
};

// Memory: what the terms force it to keep between messages: about 40 KB to inflate, 32 KB to deflate; nothing before
// the first message, and nothing for a direction without context takeover.
class Deflation {
 public:
  explicit Deflation(const DeflateTerms& terms);
  ~Deflation();
  Deflation(const Deflation&) = delete;
  Deflation& operator=(const Deflation&) = delete;

  // Appends the message compressed.
  void deflate(std::string_view message, std::string& to);

  enum class Outcome { kGood, kCorrupt, kTooLarge };
  // Appends what a piece of a message's payload inflates to, until `to` has max_bytes. What was appended before the
  // outcome became known does not depend on how the payload was cut.
  [[nodiscard]] Outcome inflate(std::string_view piece, std::size_t max_bytes, std::string& to);
  // After the last piece of a message: appends what is left of it.
  [[nodiscard]] Outcome end_message(std::size_t max_bytes, std::string& to);

 private:
  struct Stream;
  struct DeflateEnd {
    void operator()(Stream* stream) const;
  };
  struct InflateEnd {
    void operator()(Stream* stream) const;
  };
  void restart_after_final_block();

  DeflateTerms terms_;
  std::unique_ptr<Stream, DeflateEnd> out_;
  std::unique_ptr<Stream, InflateEnd> in_;
};

}  // namespace loadstone::websocket
