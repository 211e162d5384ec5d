#include "cli/service_name.h"

#include <charconv>
#include <csignal>

#include "base/format.h"
#include "probe/find.h"

namespace loadstone::cli {
namespace {

template <class T>
bool is_number(std::string_view text, T& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return !text.empty() && error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<NamedService> find_service(std::string_view text) {
  NamedService service;
  constexpr std::string_view kCgroup = "cgroup:";
  if (text.starts_with(':')) {
    if (!is_number(text.substr(1), service.port) || service.port == 0)
      return fail(ErrorCode::kInvalid, format("'{}' is not a port: expected :8000 or the like", text));
    const auto found = probe::find_listener(service.port);
    if (!found) return fail(found.error());
    service.pid = *found;
    return service;
  }
  if (is_number(text, service.pid)) {
    if (service.pid <= 0 || (::kill(service.pid, 0) != 0 && errno == ESRCH))
      return fail(ErrorCode::kNotFound, format("there is no process {}; a port is written :{}", text, text));
    return service;
  }
  if (text.starts_with(kCgroup)) {
    const auto all = probe::processes_of_cgroup(std::string(text.substr(kCgroup.size())));
    if (!all) return fail(all.error());
    service.pid = probe::common_root(*all);
    if (service.pid == 0)
      return fail(ErrorCode::kInvalid,
                  format("the {} processes of {} do not come from one of them", all->size(), text));
    return service;
  }
  const auto found = probe::find_command(text);
  if (!found) return fail(found.error());
  service.pid = *found;
  return service;
}

}  // namespace loadstone::cli
