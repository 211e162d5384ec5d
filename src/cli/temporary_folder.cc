#include "cli/temporary_folder.h"

#include <cstdlib>
#include <utility>

#include "base/format.h"

namespace loadstone::cli {

Result<TemporaryFolder> TemporaryFolder::make(const std::string& wanted) {
  std::error_code error;
  if (!wanted.empty()) {
    std::filesystem::create_directories(wanted, error);
    if (error) return fail(ErrorCode::kIo, format("cannot make the folder {}: {}", wanted, error.message()));
    return TemporaryFolder(wanted, true);
  }
  std::string pattern = (std::filesystem::temp_directory_path(error) / "loadstone-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr)
    return fail(ErrorCode::kIo, format("cannot make a temporary folder {}", pattern));
  return TemporaryFolder(pattern, false);
}

TemporaryFolder::TemporaryFolder(TemporaryFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})), kept_(other.kept_) {}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!kept_ && !path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace loadstone::cli
