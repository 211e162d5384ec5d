#include "scenario/body_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "base/format.h"
#include "scenario/values.h"

namespace loadstone::scenario {

Result<std::string> read_body_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const auto reason = [] { return std::error_code(errno, std::generic_category()).message(); };
  if (fd < 0) return fail(ErrorCode::kNotFound, format("{}: {}", path, reason()));
  struct stat status{};
  std::string body;
  std::string problem;
  if (::fstat(fd, &status) != 0) {
    problem = reason();
  } else if (!S_ISREG(status.st_mode)) {
    problem = "is not a regular file";
  } else {
    std::array<char, 1 << 16> block{};
    while (body.size() <= kMaxBodyBytes) {
      const ssize_t n = ::read(fd, block.data(), block.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) problem = reason();
      if (n <= 0) break;
      body.append(block.data(), static_cast<std::size_t>(n));
    }
    if (body.size() > kMaxBodyBytes) problem = format("larger than {} bytes", kMaxBodyBytes);
  }
  ::close(fd);
  if (!problem.empty()) return fail(ErrorCode::kIo, format("{}: {}", path, problem));
  return body;
}

}  // namespace loadstone::scenario
