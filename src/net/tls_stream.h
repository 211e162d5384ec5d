// One connection's TLS as a filter of bytes: what came from the wire goes in, what shall go to the wire comes out. No
// socket and no clock.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "net/tls_terms.h"

using SSL = struct ssl_st;

namespace loadstone::net {

class TlsStream {
 public:
  // The client's side of a new connection. `terms` must outlive it. ALPN offers `offer` alone, unless it is empty.
  explicit TlsStream(TlsTerms& terms, std::string_view offer = {});
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;
  ~TlsStream();

  enum class Step : std::uint8_t {
    kWaits,  // for more from the wire
    kDone,
    kClosed,  // by the peer, who said so (close_notify); only of read()
    kFailed,  // for good: see problem()
  };
  // In all of these: bytes taken are removed from `incoming`, all of it unless kDone or kFailed is returned; what shall
  // go to the wire is added to `outgoing`, even when they fail (an alert).

  // The handshake, as far as it goes with what has come; first of all without anything.
  [[nodiscard]] Step shake_hands(std::string_view& incoming, std::string& outgoing);
  // Decrypts up to `room` bytes; `got` says how many when the step is kDone. There may be more: see has_more().
  [[nodiscard]] Step read(std::string_view& incoming, std::string& outgoing, char* to, std::size_t room,
                          std::size_t& got);
  // Whether read() may give bytes without any more from the wire.
  [[nodiscard]] bool has_more() const;
  // Encrypts all of it, or kFailed. `plain` must not be empty.
  [[nodiscard]] Step write(std::string_view plain, std::string& outgoing);
  // Says goodbye (close_notify). Nothing may be written afterwards.
  void say_goodbye(std::string& outgoing);

  // Frees the memory for records, some 33 kB, unless something stands in it. It comes back by itself.
  void shrink();
  // Its user is done with it: a session that may be resumed goes back to the terms, for the next connection. The
  // destructor does it too.
  void release_session();

  // After the handshake.
  [[nodiscard]] bool is_resumed() const;
  [[nodiscard]] std::string_view protocol() const;  // as agreed by ALPN, such as "http/1.1"; empty: nothing was
  // After a failure, in words.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  void attach(std::string_view incoming, std::string& outgoing);
  [[nodiscard]] Step failed();

  TlsTerms& terms_;
  SSL* ssl_ = nullptr;
  std::string problem_;
  bool has_begun_ = false;  // something has come from the wire
  bool is_shaken_ = false;  // the handshake is over
  bool has_failed_ = false;
  bool is_released_ = false;  // the session has gone back
};

}  // namespace loadstone::net
