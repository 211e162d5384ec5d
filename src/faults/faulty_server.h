// A small HTTP/1.1 server in one of three shapes, with a fault. Raw sockets, so that what the kernel sees is the shape
// and the fault and nothing else; answers every GET with "ok".
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "faults/quota.h"
#include "faults/work.h"

namespace loadstone::faults {

struct Options {
  Fault fault = Fault::kNone;
  Shape shape = Shape::kThreads;
  std::uint16_t port = 0;  // on 127.0.0.1; 0: the kernel chooses
};

class FaultyServer {
 public:
  [[nodiscard]] static Result<std::unique_ptr<FaultyServer>> start(const Options& options);
  ~FaultyServer();
  [[nodiscard]] std::uint16_t port() const { return port_; }

  static constexpr int kWorkers = 16;
  static constexpr int kConsumers = 8;
  static constexpr int kSpareDescriptors = 20;
  static constexpr double kQuotaCores = 0.5;

 private:
  struct Connection {
    int socket = -1;
    std::string received;
  };
  explicit FaultyServer(const Options& options) : options_(options), work_(options.fault) {}
  [[nodiscard]] Status listen();
  [[nodiscard]] Status plant();
  void accept_for_threads();
  void serve_thread(int socket);
  void loop(bool hand_over);
  void worker();
  // Reads what is there and answers the requests in it; false when the connection is over.
  [[nodiscard]] bool serve(Connection& connection);
  [[nodiscard]] int accept_one() const;

  const Options options_;
  Work work_;
  std::unique_ptr<Quota> quota_;
  int listener_ = -1;
  int poller_ = -1;
  std::uint16_t port_ = 0;
  pid_t consumers_ = 0;  // the process of the clients that never read
  std::atomic<bool> stop_{false};
  std::atomic<int> serving_{0};  // threads of connections
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Connection*> queue_;
  std::vector<std::thread> threads_;
};

}  // namespace loadstone::faults
