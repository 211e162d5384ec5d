#include "probe/proc_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string_view>

namespace loadstone::probe {

std::optional<std::string> read_file(const std::string& path, std::size_t most) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  std::string text;
  char part[4096];
  ssize_t n = 0;
  while (text.size() < most) {
    n = ::read(fd, part, sizeof part);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    text.append(part, static_cast<std::size_t>(n));
  }
  ::close(fd);
  // A process that ends between open and read answers ESRCH.
  if (n < 0) return std::nullopt;
  return text;
}

std::optional<std::string> read_link(const std::string& path) {
  char target[4096];
  const ssize_t n = ::readlink(path.c_str(), target, sizeof target);
  if (n < 0) return std::nullopt;
  return std::string(target, static_cast<std::size_t>(n));
}

std::optional<std::uint64_t> count_entries(const std::string& path) {
  struct stat s{};
  if (::stat(path.c_str(), &s) == 0 && s.st_size > 0 && path.starts_with("/proc/"))
    return static_cast<std::uint64_t>(s.st_size);
  DIR* folder = ::opendir(path.c_str());
  if (folder == nullptr) return std::nullopt;
  std::uint64_t n = 0;
  while (const dirent* entry = ::readdir(folder)) {
    const std::string_view name = entry->d_name;
    n += name != "." && name != ".." ? 1 : 0;
  }
  ::closedir(folder);
  return n;
}

}  // namespace loadstone::probe
