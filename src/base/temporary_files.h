// Files that are written for somebody who watches them, and that go away again.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace loadstone {

// Removes what it has made when it ends: files that were not there before, then folders, if nobody else has put
// anything into them. Files that were there are written anew and stay. Used by one thread.
class TemporaryFiles {
 public:
  // Beyond so many the oldest is removed.
  static constexpr std::size_t kMost = 10'000;

  TemporaryFiles() = default;
  TemporaryFiles(const TemporaryFiles&) = delete;
  TemporaryFiles& operator=(const TemporaryFiles&) = delete;
  ~TemporaryFiles();

  // Opens the file, writes it whole, closes it: who watches is told once. Missing folders are made.
  [[nodiscard]] Status write(const std::string& path, std::string_view content);
  // Now instead of at the end.
  void remove_all();

 private:
  Status make_folders(const std::string& path);

  std::deque<std::string> files_;     // made here, the oldest first
  std::vector<std::string> folders_;  // made here, the outer ones first
};

}  // namespace loadstone
