// TLS around any reactor: connects TCP and then shakes hands, encrypts what is sent, decrypts what is received. Whoever
// uses it sees plain bytes and needs to know nothing of it.
//
// One send of the outside is one of the inside for up to kSlice bytes. What is decrypted lies in memory that all
// sockets share, what is encrypted in buffers that a socket has only while they are on their way. OpenSSL's own
// buffers, 33 kB a connection, are left to the kMostWarm sockets that spoke last: making them anew for each request is
// dear, and keeping them for a hundred thousand idle clients too. The counts and sizes in completions are of plain
// bytes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "net/reactor.h"
#include "net/tls_stream.h"
#include "net/tls_terms.h"

namespace loadstone::net {

class TlsReactor final : public Reactor {
 public:
  // So much of a large send is encrypted at a time.
  static constexpr std::size_t kSlice = 128 * 1024;
  static constexpr std::size_t kMostWarm = 256;

  // All must outlive it, and belong to the same thread.
  TlsReactor(Reactor& inner, TlsTerms& terms, const Clock& clock);

  tl::expected<SocketId, int> connect(const Address& to, const Address* from) override;
  void offer(SocketId socket, std::string_view protocol) override { sockets_[socket].offer = protocol; }
  using Reactor::send;
  void send(SocketId socket, std::string_view bytes, Tell tell) override;
  void set_receiving(SocketId socket, bool receives) override { inner_.set_receiving(socket, receives); }
  void delay_acknowledgements(SocketId socket) override { inner_.delay_acknowledgements(socket); }
  void retire(SocketId socket) override { sockets_[socket].tls->release_session(); }
  void close(SocketId socket, How how) override;
  void flush() override;
  std::span<const Completion> wait(Instant deadline) override;
  std::string_view name() const override { return inner_.name(); }
  const Handshake* handshake(SocketId socket) const override;
  std::string reason(SocketId socket, int error) const override;

  // For tests: buffers that sockets have now.
  [[nodiscard]] std::size_t buffers_in_use() const { return buffers_.size() - free_buffers_.size(); }

 private:
  enum class State : std::uint8_t {
    kClosed,
    kConnecting,
    kShaking,
    kOpen,
    kEnded,  // an end or an error has been completed, and nothing more will be
  };
  using Buffer = std::string;
  struct Socket {
    State state = State::kClosed;
    bool is_listed = false;             // in to_send_
    bool is_warm = false;               // may have OpenSSL's buffers
    bool is_told_inside = false;        // `flying` will be completed
    Tell tell_inside = Tell::kFailure;  // of `pending`
    Tell tell = Tell::kFailure;         // of the outside's send, until it has been completed
    std::int32_t sent = 0;              // bytes of it
    std::string_view offer;             // by ALPN, instead of what the terms offer
    std::string_view rest;              // of it, not encrypted yet
    Buffer* pending = nullptr;          // encrypted, not with the inner reactor yet
    Buffer* flying = nullptr;           // with the inner reactor
    std::unique_ptr<TlsStream> tls;
    Handshake handshake;
    std::string problem;
  };
  // Memory for what is decrypted in one turn.
  class Arena {
   public:
    void rewind() { chunk_ = used_ = 0; }
    [[nodiscard]] std::span<char> room();
    void take(std::size_t bytes) { used_ += bytes; }

   private:
    std::vector<std::unique_ptr<char[]>> chunks_;
    std::size_t chunk_ = 0, used_ = 0;
  };

  void take(const Completion& completion);
  void begin_handshake(SocketId id);
  void go_on_shaking(SocketId id, std::string_view incoming);
  void decrypt(SocketId id, std::string_view incoming);
  void received(SocketId id, std::span<const char> bytes);
  void encrypt_rest(SocketId id);
  void sent_inside(SocketId id, std::int32_t result);
  void ended_inside(SocketId id, std::int32_t result);
  void fail(SocketId id, Completion::Kind kind, int error, std::string problem);
  void hand_on(SocketId id);
  void hand_on_all();
  void list(SocketId id);
  void warm(SocketId id);
  [[nodiscard]] Buffer& pending(SocketId id);
  void give_back(Buffer*& buffer);

  Reactor& inner_;
  TlsTerms& terms_;
  const Clock& clock_;
  std::vector<Socket> sockets_;
  std::vector<SocketId> to_send_;                 // sockets with something pending
  std::vector<std::unique_ptr<Buffer>> buffers_;  // all of them, until the end
  std::vector<Buffer*> free_buffers_;
  // The sockets that were given OpenSSL's buffers, the oldest at next_warm_. Some are closed.
  std::vector<SocketId> warm_;
  std::size_t next_warm_ = 0;
  Arena arena_;
  std::vector<Completion> completions_;
  std::vector<Completion> done_;  // completed outside wait()
};

}  // namespace loadstone::net
