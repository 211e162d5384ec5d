// What the routes need to know of whoever keeps the graph.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "code_graph/graph/snapshot.h"

namespace code_graph::http {

// What became of one analysis that was asked for.
struct Job {
  enum class State : std::uint8_t { kWaiting, kRunning, kDone, kFailed };
  std::string id = {};
  State state = State::kWaiting;
  std::string error = {};  // when it failed
  double elapsed_seconds = 0;
  std::uint64_t total_nodes = 0;
  std::uint64_t total_relationships = 0;
};

struct SourceState {
  std::string project_root;
  bool analysing = false;
  std::string failure;  // of the last analysis; empty when it went well
  std::uint64_t files_skipped = 0;
  std::uint64_t files_broken = 0;
  bool watch_enabled = false;
  bool watch_running = false;
  // Files changed, or may have, and the graph does not show it yet. False, while files are watched: it shows all that
  // was written until then.
  bool changes_pending = false;
  std::uint64_t watch_overflows = 0;  // times that the kernel lost events, and the whole tree was looked at instead
};

// All methods from any thread; none blocks.
class GraphSource {
 public:
  virtual ~GraphSource() = default;
  // Null until the first analysis has ended.
  [[nodiscard]] virtual std::shared_ptr<const graph::Snapshot> snapshot() const = 0;
  [[nodiscard]] virtual SourceState state() const = 0;
  // Starts a whole analysis, or joins the one that is waiting or running; the id of that job. `done` is called once,
  // on any thread. Null id: not possible any more, and `done` is not called.
  virtual std::optional<std::string> reanalyze(std::function<void(const Job&)> done) = 0;
  [[nodiscard]] virtual std::optional<Job> job(std::string_view id) const = 0;
};

// Whether events go to and come from other instances.
struct RelayState {
  bool enabled = false;
  bool connected = false;
  std::string error;  // why it is not connected
  std::uint64_t sent = 0, received = 0, dropped = 0;
};

}  // namespace code_graph::http
