#include "base/temporary_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "base/format.h"

namespace loadstone {
namespace {

constexpr mode_t kFileMode = 0644;
constexpr mode_t kFolderMode = 0755;

tl::unexpected<Error> refused(std::string_view what, const std::string& path, int error) {
  return fail(ErrorCode::kIo,
              format("cannot {} {}: {}", what, path, std::error_code(error, std::generic_category()).message()));
}

int write_whole(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    content.remove_prefix(static_cast<std::size_t>(n));
  }
  return 0;
}

}  // namespace

TemporaryFiles::~TemporaryFiles() { remove_all(); }

Status TemporaryFiles::write(const std::string& path, std::string_view content) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
  int fd = ::open(path.c_str(), kFlags | O_EXCL, kFileMode);
  if (fd < 0 && errno == ENOENT) {
    if (const auto made = make_folders(path); !made) return made;
    fd = ::open(path.c_str(), kFlags | O_EXCL, kFileMode);
  }
  const bool is_new = fd >= 0;
  if (!is_new && errno == EEXIST) fd = ::open(path.c_str(), kFlags | O_TRUNC, kFileMode);
  if (fd < 0) return refused("write", path, errno);
  if (is_new) files_.push_back(path);
  const int problem = write_whole(fd, content);
  ::close(fd);
  if (files_.size() > kMost) {
    ::unlink(files_.front().c_str());
    files_.pop_front();
  }
  if (problem != 0) return refused("write", path, problem);
  return {};
}

Status TemporaryFiles::make_folders(const std::string& path) {
  for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1)) {
    const std::string folder = path.substr(0, at);
    if (::mkdir(folder.c_str(), kFolderMode) == 0)
      folders_.push_back(folder);
    else if (errno != EEXIST)
      return refused("make the folder", folder, errno);
  }
  return {};
}

void TemporaryFiles::remove_all() {
  for (const std::string& file : files_) ::unlink(file.c_str());
  files_.clear();
  for (; !folders_.empty(); folders_.pop_back()) ::rmdir(folders_.back().c_str());  // fails when not empty: meant
}

}  // namespace loadstone
