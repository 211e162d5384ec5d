// All clients of a shard: opens and closes them, and moves bytes between the reactor and their sessions.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "audience/client.h"
#include "audience/plan.h"
#include "audience/tally.h"
#include "protocol/websocket/randomness.h"

namespace loadstone::audience {

class Clients {
 public:
  // Those of shard `index` of `count`. All references must outlive it.
  Clients(const Plan& plan, std::uint32_t index, std::uint32_t count, net::Reactor& reactor, Happenings& happenings);

  // Where things are counted from now on.
  void count_in(Tally& tally) { tally_ = &tally; }

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(all_.size()); }
  [[nodiscard]] Client& operator[](std::uint32_t index) { return *all_[index]; }

  // Begins to open a client that is away.
  void open(Client& client, Instant now);
  enum class How : std::uint8_t {
    kClose,   // with leave taken, where the protocol knows such: it ends when the peer has answered, or after a while
    kReset,   // a TCP reset
    kForget,  // without a word: the peer finds out by itself, or never (the socket is closed when the run ends)
  };
  // Ends an open or opening client; ended(kLeft) follows, at once but where an answer is awaited.
  void close(Client& client, How how, Instant now);
  // Says something on an open connection; it goes out with the next flush().
  void say(Client& client, std::string_view text);
  void ping(Client& client, Instant now);
  // How long a client that has lost its connection is to wait before it comes back, if the plan or the service says so.
  [[nodiscard]] std::optional<Nanoseconds> asked_pause(const Client& client) const {
    return plan_.retry ? plan_.retry : client.session->asked_pause();
  }
  // A client that reads slowly stops and goes on reading.
  void set_reading(Client& client, bool reads);

  // Whether it was one of these sockets.
  bool complete(const net::Completion& completion, Instant now);
  // Ends what has timed out. Looks at every client, but only a few times a second.
  void expire(Instant now);
  [[nodiscard]] Instant next_deadline() const { return deadlines_matter() ? next_look_ : kNever; }
  // Hands what was said to the kernel.
  void flush();
  // Closes everything that is left, without a word.
  void abandon();

  [[nodiscard]] std::uint64_t open_count() const { return open_; }
  [[nodiscard]] std::uint64_t opening_count() const { return opening_ + queued_.size(); }
  [[nodiscard]] std::uint64_t closing_count() const { return closing_; }

 private:
  [[nodiscard]] std::unique_ptr<protocol::Session> make_session(const Kind& kind);
  void received(Client& client, std::string_view bytes, Instant now);
  void interpret(Client& client, Instant now);
  void want_to_send(Client& client);
  void send(Client& client);
  void could_not_open(Client& client, const std::string& why, Instant now);
  void lost(Client& client, const std::string& why, Instant now);
  void disconnect(Client& client, net::Reactor::How how);
  void open_queued(Instant now);
  [[nodiscard]] bool deadlines_matter() const { return opening_ > 0 || closing_ > 0 || plan_.ping > Nanoseconds(0); }

  const Plan& plan_;
  net::Reactor& reactor_;
  Happenings& happenings_;
  Tally* tally_ = nullptr;
  websocket::Randomness randomness_;
  std::vector<std::unique_ptr<Client>> all_;
  std::vector<Client*> by_socket_;
  std::vector<Client*> to_send_;
  std::deque<Client*> queued_;
  std::vector<net::SocketId> forgotten_;  // open, and belonging to nobody
  protocol::Events events_;
  std::uint64_t opening_ = 0;  // connecting or asking
  std::uint64_t open_ = 0;
  std::uint64_t closing_ = 0;
  std::size_t next_local_ = 0;
  Instant next_look_{};
  bool is_opening_queued_ = false;
};

}  // namespace loadstone::audience
