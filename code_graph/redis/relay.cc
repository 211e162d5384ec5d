#include "code_graph/redis/relay.h"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "base/format.h"
#include "base/log.h"

namespace code_graph::redis {
namespace {

using loadstone::ErrorCode;
using loadstone::format;
using loadstone::LogLevel;
using loadstone::LogLine;
using namespace std::chrono_literals;

constexpr timeval kPatience{2, 0};  // for a connection, and for a reply
constexpr auto kFirstPause = 100ms;
constexpr auto kLongestPause = 5000ms;
constexpr auto kPingEvery = 5000ms;
constexpr std::size_t kBatch = 256;  // events sent before their replies are read

struct FreeReply {
  void operator()(void* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

struct FreeConnection {
  void operator()(redisContext* c) const { redisFree(c); }
};
using Connection = std::unique_ptr<redisContext, FreeConnection>;

std::string_view text_of(const redisReply& reply) { return {reply.str, reply.len}; }

// One command and its reply; what went wrong otherwise.
std::string ask(redisContext& c, const std::vector<std::string>& words) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const std::string& word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  const Reply reply(
      static_cast<redisReply*>(redisCommandArgv(&c, static_cast<int>(words.size()), texts.data(), sizes.data())));
  if (!reply) return format("{}: {}", words[0], c.errstr);
  if (reply->type == REDIS_REPLY_ERROR) return format("{}: {}", words[0], text_of(*reply));
  return {};
}

Connection connect(const Address& address, std::string& error) {
  Connection c(redisConnectWithTimeout(address.host.c_str(), address.port, kPatience));
  if (!c) {
    error = "no memory for a connection";
    return nullptr;
  }
  if (c->err != 0) {
    error = c->errstr;
    return nullptr;
  }
  redisSetTimeout(c.get(), kPatience);
  redisEnableKeepAlive(c.get());
  if (!address.password.empty()) {
    error =
        address.user.empty() ? ask(*c, {"AUTH", address.password}) : ask(*c, {"AUTH", address.user, address.password});
  }
  if (error.empty() && address.database != 0) error = ask(*c, {"SELECT", format("{}", address.database)});
  if (!error.empty()) return nullptr;
  return c;
}

}  // namespace

// Two connections: one that has subscribed can do nothing else.
class Relay::Link {
 public:
  Connection publisher, subscriber;
};

std::string Address::shown() const { return format("redis://{}:{}/{}", host, port, database); }

loadstone::Result<Address> parse_address(std::string_view url) {
  constexpr std::string_view kScheme = "redis://";
  const auto wrong = [&](std::string_view what) {
    return loadstone::fail(ErrorCode::kInvalid,
                           format("the Redis address {}: redis://[:password@]host[:port][/db] is expected", what));
  };
  if (!url.starts_with(kScheme)) return wrong("does not start with redis://");
  url.remove_prefix(kScheme.size());
  Address address;
  if (const std::size_t at = url.rfind('@'); at != std::string_view::npos) {
    const std::string_view who = url.substr(0, at);
    url.remove_prefix(at + 1);
    const std::size_t colon = who.find(':');
    address.user = who.substr(0, colon);
    if (colon == std::string_view::npos) return wrong("has a user without a password");
    address.password = who.substr(colon + 1);
  }
  const auto number = [](std::string_view text, int most, int& to) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
    return error == std::errc() && end == text.data() + text.size() && to >= 0 && to <= most;
  };
  const std::size_t slash = std::min(url.find('/'), url.size());
  const std::string_view database = url.substr(std::min(slash + 1, url.size()));
  std::string_view host = url.substr(0, slash);
  if (!database.empty() && !number(database, 1'000'000, address.database))
    return wrong("has a database that is no number");
  const std::size_t bracket = host.starts_with('[') ? host.find(']') : std::string_view::npos;
  const std::size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    if (!number(host.substr(colon + 1), 65535, address.port) || address.port == 0) return wrong("has no valid port");
    host = host.substr(0, colon);
  }
  if (bracket != std::string_view::npos) host = host.substr(1, bracket - 1);
  if (host.empty()) return wrong("has no host");
  address.host = host;
  return address;
}

Relay::Relay(Address address, push::Hub& hub, Reader reader)
    : address_(std::move(address)),
      hub_(hub),
      reader_(std::move(reader)),
      wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  state_.error = "not connected yet";
  thread_ = std::thread([this] { run(); });
}

Relay::~Relay() {
  stop();
  close(wake_);
}

void Relay::wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = write(wake_, &one, sizeof one);
}

void Relay::wait(std::chrono::milliseconds at_most) const {
  pollfd descriptor{wake_, POLLIN, 0};
  poll(&descriptor, 1, static_cast<int>(at_most.count()));
}

void Relay::stop() {
  stopping_.store(true, std::memory_order_release);
  wake();
  if (thread_.joinable()) thread_.join();
}

void Relay::offer(std::shared_ptr<const push::Sealed> sealed) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = queue_.empty();
    queue_.push_back(std::move(sealed));
    if (queue_.size() > kMostWaiting) {
      queue_.pop_front();
      ++state_.dropped;
    }
    first = first && state_.connected;  // while it is away, the pause between attempts is kept
  }
  if (first) wake();
}

State Relay::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void Relay::note(bool connected, std::string error) {
  bool changed = false;
  {
    const std::lock_guard lock(mutex_);
    changed = state_.connected != connected || (!connected && state_.error != error);
    state_.connected = connected;
    state_.error = error;
  }
  if (!changed) return;
  if (connected)
    LogLine(LogLevel::kInfo, "redis connected").field("address", address_.shown());
  else
    LogLine(LogLevel::kWarning, "redis is away").field("address", address_.shown()).field("error", error);
}

void Relay::run() {
  auto pause = std::chrono::milliseconds(kFirstPause);
  while (!stopping()) {
    Link link;
    std::string error;
    link.publisher = connect(address_, error);
    if (link.publisher) link.subscriber = connect(address_, error);
    if (link.subscriber) error = ask(*link.subscriber, {"SUBSCRIBE", std::string(kChannel)});
    if (!error.empty()) {
      note(false, error);
      wait(pause);
      pause = std::min(pause * 2, std::chrono::milliseconds(kLongestPause));
      continue;
    }
    pause = kFirstPause;
    note(true, {});
    bool there = send_waiting(link);
    while (there && !stopping()) {
      pollfd descriptors[3] = {{wake_, POLLIN, 0}, {link.subscriber->fd, POLLIN, 0}, {link.publisher->fd, POLLIN, 0}};
      const int ready = poll(descriptors, 3, static_cast<int>(kPingEvery.count()));
      if (ready == 0) {
        there = ask(*link.publisher, {"PING"}).empty();
        continue;
      }
      std::uint64_t ignored = 0;
      [[maybe_unused]] const ssize_t n = read(wake_, &ignored, sizeof ignored);
      if (descriptors[1].revents != 0) there = receive(link);
      // Nothing was asked, so this can only be the end of the connection.
      if (there && descriptors[2].revents != 0) there = false;
      there = there && send_waiting(link);
    }
    if (there) {
      send_waiting(link);
      return;
    }
    note(false, "the connection was lost");
  }
}

bool Relay::send_waiting(Link& link) {
  redisContext* c = link.publisher.get();
  for (;;) {
    std::vector<std::shared_ptr<const push::Sealed>> batch;
    {
      const std::lock_guard lock(mutex_);
      const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(std::min(queue_.size(), kBatch));
      batch.assign(queue_.begin(), end);
    }
    if (batch.empty()) return true;
    for (const auto& sealed : batch) {
      const push::Event& e = sealed->event;
      const auto data = e.data.empty() ? std::string_view("{}") : std::string_view(e.data);
      redisAppendCommand(
          c, "XADD %b MAXLEN ~ %d * event_id %b event_type %b timestamp %b entity_id %b entity_type %b data %b",
          kStream.data(), kStream.size(), kStreamLength, sealed->id.data(), sealed->id.size(), e.type.data(),
          e.type.size(), sealed->timestamp.data(), sealed->timestamp.size(), e.entity_id.data(), e.entity_id.size(),
          e.entity_type.data(), e.entity_type.size(), data.data(), data.size());
      redisAppendCommand(c, "PUBLISH %b %b", kChannel.data(), kChannel.size(), sealed->message->data(),
                         sealed->message->size());
    }
    std::size_t acknowledged = 0;
    for (; acknowledged < batch.size(); ++acknowledged) {
      void* added = nullptr;
      void* published = nullptr;
      const bool good = redisGetReply(c, &added) == REDIS_OK && redisGetReply(c, &published) == REDIS_OK;
      const Reply first(static_cast<redisReply*>(added));
      const Reply second(static_cast<redisReply*>(published));
      if (!good) break;
      for (const Reply* reply : {&first, &second}) {
        if ((*reply)->type == REDIS_REPLY_ERROR)
          LogLine(LogLevel::kWarning, "redis refuses an event").field("error", text_of(**reply));
      }
    }
    const std::lock_guard lock(mutex_);
    // The queue may have lost its oldest meanwhile: what was acknowledged is told by identity.
    for (std::size_t i = 0; i < acknowledged; ++i) {
      if (!queue_.empty() && queue_.front() == batch[i]) queue_.pop_front();
    }
    state_.sent += acknowledged;
    if (acknowledged < batch.size()) return false;
  }
}

bool Relay::receive(Link& link) {
  redisContext* c = link.subscriber.get();
  if (redisBufferRead(c) != REDIS_OK) return false;
  for (;;) {
    void* next = nullptr;
    if (redisGetReplyFromReader(c, &next) != REDIS_OK) return false;
    if (next == nullptr) return true;
    const Reply reply(static_cast<redisReply*>(next));
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 3 || text_of(*reply->element[0]) != "message") continue;
    auto sealed = reader_(text_of(*reply->element[2]));
    if (!sealed || sealed->id.starts_with(hub_.origin() + '-')) continue;
    hub_.relay(std::move(*sealed));
    const std::lock_guard lock(mutex_);
    ++state_.received;
  }
}

}  // namespace code_graph::redis
