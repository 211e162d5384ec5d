// epoll with the contract of completions, for kernels and containers that forbid io_uring.
#pragma once

#include <memory>

#include "net/reactor.h"

namespace loadstone::net {

class EpollReactor {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Reactor>> make(std::size_t max_sockets);
};

}  // namespace loadstone::net
