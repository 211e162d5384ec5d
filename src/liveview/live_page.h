// The report of a run while it goes on, in a browser: the page of report.html, kept up to date over server-sent events.
//
//   /              the page
//   /events        every published result, `over` for the last one
//   /result.json   the last published result
//   /metrics       the same as OpenMetrics
//
// On loopback anybody may look who asks for this machine by name; on any other address only who has the token.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "liveview/live_address.h"
#include "result/result.h"

namespace loadstone::liveview {

class LivePage {
 public:
  // Serves from now on, on a thread of its own.
  [[nodiscard]] static Result<std::unique_ptr<LivePage>> start(const LiveAddress& address);
  ~LivePage();

  // To be opened: "http://127.0.0.1:41234/", with the token if one is needed.
  [[nodiscard]] std::string url() const;

  // Shows this from now on; `running` is the scenario that goes on, if one does. From one thread. A browser that does
  // not keep up misses some, never the last.
  void publish(std::shared_ptr<const result::RunResult> result, std::optional<std::size_t> running);
  // The last word: whoever looks on keeps it.
  void finish(std::shared_ptr<const result::RunResult> result);

 private:
  class Parts;
  explicit LivePage(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace loadstone::liveview
