// What decides when the next exchange starts, and on which connection. A load is passive: the shard calls it, and it
// answers by starting exchanges.
#pragma once

#include <string>

#include "base/check.h"
#include "base/clock.h"
#include "engine/connection.h"
#include "journey/answer.h"
#include "protocol/request.h"

namespace loadstone::engine {

// The bytes of an exchange's request; valid until the next one is asked for.
struct Writing {
  const protocol::PreparedRequest& request;
  protocol::Filling filling;
};

// What somebody makes of an answer, and where it is not well, what was expected and what came instead.
struct Judgement {
  Outcome outcome = Outcome::kOk;
  std::string expected{};
  std::string example{};
};

class Load {
 public:
  virtual ~Load() = default;

  // Connections that should be open before the first exchange are to be opened now.
  virtual void prepare(Instant now) = 0;
  // The instant that due times are counted from; warm-up comes before `measured_from`.
  virtual void begin(Instant begin, Instant measured_from) = 0;
  // Starts everything that is due. Called every turn.
  virtual void dispatch(Instant now) = 0;
  // When dispatch() has something to do next if nothing else happens; kNever if nothing.
  [[nodiscard]] virtual Instant next_due() const = 0;
  // A connection may take an exchange: it is newly opened, or some have ended. With several streams it may still be
  // without room, and of those that have ended each left its place free.
  virtual void idle(Connection& connection, Instant now) = 0;
  // A connection is closed: it could not be opened, the peer closed it, or the last exchange used it up. Exchanges that
  // were in flight or waiting on it have been ended already, but for those that are tried again; for these it is opened
  // afterwards. `refused` when it could not be opened.
  virtual void closed(Connection& connection, Instant now, bool refused) = 0;
  // An exchange of this load has ended otherwise than well.
  virtual void failed(const Exchange&, Instant) {}
  // An exchange is about to fail because no connection could be opened for it alone: a step that speaks by WebSocket.
  virtual void turned_away(const Exchange&, Instant) {}
  // Of a plan with a script. The request of an exchange that begins:
  [[nodiscard]] virtual Writing write(const Exchange&, Instant) { CHECK(false); }
  // and its answer, with what the checks of the plan make of it. Asked once, before the exchange is counted.
  [[nodiscard]] virtual Judgement judge(const Exchange&, const journey::Answer&, Outcome so_far, Instant) {
    return {so_far};
  }
  // The measured time is over: nothing becomes due from now on, but what is due may still be started.
  virtual void last_call() = 0;
  // Nothing more will be started; counts what was due and is dropped.
  virtual void stop(Instant now) = 0;
  // How many are due and have not been started, because no connection is free.
  [[nodiscard]] virtual std::uint64_t waiting(Instant) { return 0; }
  // Everything that will ever be due has been started.
  [[nodiscard]] virtual bool exhausted() const = 0;
};

}  // namespace loadstone::engine
