// The connections of an open load: whoever is due takes one that is free. Those that were refused are opened again
// after a pause that grows.
#pragma once

#include <deque>
#include <functional>
#include <queue>
#include <vector>

#include "engine/connections.h"
#include "engine/load.h"

namespace loadstone::engine {

class Pool {
 public:
  // `count` connections that belong to `owner`. All references must outlive it.
  Pool(const Plan& plan, Connections& connections, Load& owner, int count);

  void prepare(Instant now);
  // Opens again those whose pause is over; the owner calls it every turn.
  void reopen(Instant now);
  // The one that has been free for longest: with room, or closed and to be opened for each exchange. Null when none is.
  [[nodiscard]] Connection* free();
  // Starts an exchange on what free() has just said.
  void start(Connection& connection, const Exchange& exchange, Instant now);

  // What the connections tell their load.
  void idle(Connection& connection);
  void closed(Connection& connection, Instant now, bool refused);

  // Whether a connection may be free; and whether none will be, since the last attempt of each has failed.
  [[nodiscard]] bool may_have_free() const { return !free_.empty(); }
  [[nodiscard]] bool is_hopeless() const { return alive_ == 0; }
  [[nodiscard]] Instant next_reopening() const { return retries_.empty() ? kNever : retries_.top().due; }

 private:
  struct Retry {
    Instant due;
    Connection* connection;
    bool operator>(const Retry& other) const { return due > other.due; }
  };
  void list(Connection& connection);

  const Plan& plan_;
  Connections& connections_;
  std::vector<Connection*> own_;
  std::deque<Connection*> free_;  // the longest free first
  std::vector<bool> is_free_;     // is in free_, by the connection's number
  std::size_t alive_;             // open, or being opened with no failure before
  std::vector<Nanoseconds> backoff_;
  std::priority_queue<Retry, std::vector<Retry>, std::greater<>> retries_;
};

}  // namespace loadstone::engine
