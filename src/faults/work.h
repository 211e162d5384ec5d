// What a request costs in a faulty service. Called by many threads at once.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include "faults/fault.h"

namespace loadstone::faults {

class Work {
 public:
  explicit Work(Fault fault);
  ~Work();
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;

  void request();
  void connection_opened() { ++connections_; }
  void connection_closed();
  // A connection of a client that never reads. Only before the first request.
  void add_consumer(int socket);

 private:
  void serve_hot();

  const Fault fault_;
  std::atomic<int> connections_{0};
  std::mutex lock_;  // the one that is the fault, and of what is kept
  std::counting_semaphore<> permits_{4};
  std::vector<std::unique_ptr<char[]>> kept_;
  std::vector<int> consumers_;
  std::string file_;
  int disk_ = -1;
  // Of the hot thread.
  struct Job {
    std::atomic<bool> done{false};
  };
  std::deque<Job*> jobs_;
  std::condition_variable work_, finished_;
  bool stop_ = false;
  std::thread hot_;
};

}  // namespace loadstone::faults
