// io_uring: one ring a thread, receives that stay armed into a shared ring of buffers, all sends of a turn in one
// system call.
#pragma once

#include <memory>

#include "net/reactor.h"

namespace loadstone::net {

// Needs Linux 6.1 or later (deferred task work, multishot receive). Must be used by the thread that made it.
class UringReactor {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Reactor>> make(std::size_t max_sockets);
};

}  // namespace loadstone::net
