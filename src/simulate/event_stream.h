// The simulator's WebSocket events: every client gets every published message, but for the faults planted by count.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "serve/server.h"
#include "simulate/rule.h"

namespace loadstone::simulate {

// What was planted and delivered, summed over all clients since the start or the last reset.
struct StreamCounts {
  std::uint64_t clients = 0;  // ever opened
  std::uint64_t published = 0;
  std::uint64_t expected = 0;      // for each message, the clients that were open when it was published
  std::uint64_t sent = 0;          // handed to a client's queue, duplicates included
  std::uint64_t dropped = 0;       // planted
  std::uint64_t duplicated = 0;    // planted
  std::uint64_t swapped = 0;       // planted: sent after the message that followed
  std::uint64_t corrupted = 0;     // planted
  std::uint64_t disconnected = 0;  // planted
  std::uint64_t unsent = 0;  // not planted by count: to silent clients, full queues, and swapped ones with no follower
};

// All methods from any thread.
class EventStream {
 public:
  explicit EventStream(StreamFaults faults) : faults_(faults) {}

  // Grants the upgrade and subscribes the client before it can see the answer.
  void accept(serve::Responder responder);
  // Sends to every client; how many those were.
  std::size_t publish(const std::shared_ptr<const std::string>& message);
  [[nodiscard]] std::size_t open_clients() const;
  [[nodiscard]] std::string counts_json() const;
  void reset_counts();

 private:
  struct Client {
    std::shared_ptr<serve::WebSocket> socket;
    std::uint64_t index = 0;                  // from 0 in order of opening
    std::uint64_t messages = 0;               // published to it so far
    std::shared_ptr<const std::string> held;  // to be sent after the next: swapped
    bool silent = false;
    bool gone = false;  // disconnected by a planted fault; its close is on the way
  };
  using Message = std::shared_ptr<const std::string>;
  void deliver(Client& client, const Message& message);
  void send(Client& client, const Message& message);
  void leave(const serve::WebSocket& socket);
  [[nodiscard]] bool is_chosen(std::uint64_t index) const { return (index + 1) % faults_.clients == 0; }

  const StreamFaults faults_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Client>> clients_;
  StreamCounts counts_;
  std::uint64_t opened_ = 0;
};

}  // namespace loadstone::simulate
