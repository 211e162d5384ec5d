#include "faults/quota.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/format.h"

namespace loadstone::faults {
namespace {

constexpr int kPeriodUs = 100'000;

// These files take a text in one write, and say by its failing that they will not.
Status put(const std::string& file, const std::string& text) {
  std::ofstream out(file);
  if (out << text << std::flush) return {};
  return fail(ErrorCode::kUnavailable,
              format("a quota needs cgroups that this user may change: {}: {}", file, std::strerror(errno)));
}

}  // namespace

Quota::Quota(std::string root) : root_(std::move(root)), folder_(format("{}/loadstone-fault-{}", root_, ::getpid())) {}

Result<std::unique_ptr<Quota>> Quota::impose(double cores) {
  const auto microseconds = static_cast<int>(cores * kPeriodUs);
  std::error_code ignored;
  const bool is_version_1 = std::filesystem::exists("/sys/fs/cgroup/cpu/cpu.shares", ignored);
  std::unique_ptr<Quota> quota(new Quota(is_version_1 ? "/sys/fs/cgroup/cpu" : "/sys/fs/cgroup"));
  if (!is_version_1)
    if (auto status = put(quota->root_ + "/cgroup.subtree_control", "+cpu"); !status) return fail(status.error());
  if (std::error_code error; !std::filesystem::create_directory(quota->folder_, error) && error)
    return fail(ErrorCode::kUnavailable,
                format("a quota needs cgroups that this user may change: {}: {}", quota->folder_, error.message()));
  const auto limited = is_version_1 ? put(quota->folder_ + "/cpu.cfs_period_us", format("{}", kPeriodUs)).and_then([&] {
    return put(quota->folder_ + "/cpu.cfs_quota_us", format("{}", microseconds));
  })
                                    : put(quota->folder_ + "/cpu.max", format("{} {}", microseconds, kPeriodUs));
  if (!limited) return fail(limited.error());
  if (auto status = put(quota->folder_ + "/cgroup.procs", format("{}", ::getpid())); !status)
    return fail(status.error());
  return quota;
}

Quota::~Quota() {
  // A cgroup with a process in it stays.
  static_cast<void>(put(root_ + "/cgroup.procs", format("{}", ::getpid())));
  std::error_code ignored;
  std::filesystem::remove(folder_, ignored);
}

}  // namespace loadstone::faults
