// A reactor's sockets by number. A number is free again only after the next turn, so that what the last turn has
// returned cannot be taken for its next use.
#pragma once

#include <cstddef>
#include <vector>

#include "net/reactor.h"

namespace loadstone::net {

template <class Socket>
class SocketTable {
 public:
  void allow(std::size_t most) { most_ = most; }
  [[nodiscard]] bool is_full() const { return free_.empty() && sockets_.size() >= most_; }

  // A number; its socket is as the last use left it. Not to be called when full.
  [[nodiscard]] SocketId add() {
    if (free_.empty()) {
      sockets_.emplace_back();
      return static_cast<SocketId>(sockets_.size() - 1);
    }
    const SocketId id = free_.back();
    free_.pop_back();
    return id;
  }
  // For an add() of which nobody has heard.
  void forget(SocketId id) { free_.push_back(id); }
  void remove(SocketId id) { removed_.push_back(id); }
  void begin_turn() {
    free_.insert(free_.end(), removed_.begin(), removed_.end());
    removed_.clear();
  }

  [[nodiscard]] Socket& operator[](SocketId id) { return sockets_[id]; }
  [[nodiscard]] auto begin() { return sockets_.begin(); }
  [[nodiscard]] auto end() { return sockets_.end(); }

 private:
  std::size_t most_ = 0;
  std::vector<Socket> sockets_;
  std::vector<SocketId> free_;
  std::vector<SocketId> removed_;
};

}  // namespace loadstone::net
