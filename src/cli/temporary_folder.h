// Where a run keeps its files: the folder the user named, or one that goes away with the run.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace loadstone::cli {

class TemporaryFolder {
 public:
  // Makes `wanted`, which then stays; or with an empty name a folder that is removed in the end.
  [[nodiscard]] static Result<TemporaryFolder> make(const std::string& wanted);
  TemporaryFolder(TemporaryFolder&& other) noexcept;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] bool is_kept() const { return kept_; }

 private:
  TemporaryFolder(std::filesystem::path path, bool kept) : path_(std::move(path)), kept_(kept) {}
  std::filesystem::path path_;
  bool kept_;
};

}  // namespace loadstone::cli
