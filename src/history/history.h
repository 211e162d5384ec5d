// Named baselines: what runs of an accepted build measured, in one SQLite file that many processes may use at once. The
// one door to SQLite.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "compare/saved.h"
#include "result/result.h"

struct sqlite3;

namespace loadstone::history {

// A run as it was saved.
struct SavedRun {
  std::int64_t id = 0;
  double saved_at = 0;    // seconds since the epoch
  double started_at = 0;  // of the run
  std::string suite, version, command;
  std::uint64_t seed = 0;
  std::map<std::string, compare::Observation> scenarios;  // by name, with the environment of the run
};

struct Baseline {
  std::string name;
  std::size_t runs = 0;
  double first = 0, last = 0;  // when its runs were started
};

// One thread; a process of its own for each user. Every change is one transaction: it is there whole when the call has
// returned, and not at all when the process died before. Others wait for up to kPatience.
class History {
 public:
  static constexpr Nanoseconds kPatience = 30s;

  // Makes the file, and its folder, when they are not there.
  [[nodiscard]] static Result<History> open(const std::filesystem::path& file);
  ~History();
  History(History&&) noexcept;
  History& operator=(History&&) noexcept;

  // False when this very run (start, seed, command) is in the baseline already.
  [[nodiscard]] Result<bool> save(const std::string& baseline, const result::RunResult& run);
  [[nodiscard]] Result<std::vector<Baseline>> list();
  // Its runs in the order in which they were started; kNotFound when there is no such baseline.
  [[nodiscard]] Result<std::vector<SavedRun>> load(const std::string& baseline);
  // How many runs went with it; kNotFound when there is none of that name.
  [[nodiscard]] Result<std::size_t> remove(const std::string& baseline);

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  explicit History(std::unique_ptr<sqlite3, Close> database) : database_(std::move(database)) {}

  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace loadstone::history
