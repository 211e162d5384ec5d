// Tells which paths of a tree were written, made, moved or deleted. inotify, one watch for each folder.
//
// Waits until it has been quiet for a moment (or something has been waiting too long), so that a save that is several
// system calls is told once. Used by one thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"

namespace code_graph::index {

struct WatchOptions {
  std::chrono::milliseconds quiet{50};     // nothing more for this long: tell
  std::chrono::milliseconds longest{300};  // the first has waited this long: tell, quiet or not
};

struct Changes {
  std::vector<std::string> paths;  // relative to the root, sorted, each once
  bool rescan = false;             // events were lost, or a folder came or went: look at the whole tree
};

class Watcher {
 public:
  // More folders than this are not watched; what happens there is seen at the next rescan only.
  static constexpr std::size_t kMaxFolders = 100'000;
  // More paths than this at once are told as a rescan.
  static constexpr std::size_t kMaxPaths = 2000;

  [[nodiscard]] static loadstone::Result<Watcher> open(std::filesystem::path root, WatchOptions options = {});
  Watcher(Watcher&& other) noexcept;
  Watcher& operator=(Watcher&&) = delete;
  ~Watcher();

  // Makes the set of watched folders (relative to the root, the root is "") equal to these. How many of them were not
  // watched under this name before: what was written there since they were listed is told by nobody, so look again.
  std::size_t watch(const std::vector<std::string>& folders);
  // True when nothing is waiting to be told: all that happened in watched folders before this call was told before it.
  [[nodiscard]] bool idle();
  // Waits up to `patience` for the first change, then until it is quiet. Empty paths and no rescan: nothing happened.
  [[nodiscard]] Changes wait(std::chrono::milliseconds patience);
  // Ends a wait from another thread, now or the next one.
  void interrupt();

  [[nodiscard]] std::size_t watched() const { return folders_.size(); }
  [[nodiscard]] std::size_t unwatched() const { return unwatched_; }
  // How often the kernel's queue was full, and events were lost.
  [[nodiscard]] std::uint64_t overflows() const { return overflows_; }

 private:
  Watcher(std::filesystem::path root, WatchOptions options, int inotify, int wake);
  bool read_events();                        // true if anything that matters was read
  int add_watch(const std::string& folder);  // the kernel's number of it; negative: it cannot be watched

  std::filesystem::path root_;
  WatchOptions options_;
  int inotify_ = -1;
  int wake_ = -1;
  // By the kernel's number. A folder keeps it when it is moved, and a name may come to stand for another folder: what a
  // name stands for is asked of the kernel each time, and never looked up here.
  std::map<int, std::string> folders_;
  std::size_t unwatched_ = 0;
  std::set<std::string> paths_;
  bool rescan_ = false;
  std::uint64_t overflows_ = 0;
};

}  // namespace code_graph::index
