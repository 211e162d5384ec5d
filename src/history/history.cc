#include "history/history.h"

#include <sqlite3.h>

#include <chrono>
#include <thread>

#include "base/format.h"
#include "history/statement.h"

namespace loadstone::history {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr Nanoseconds kRetry = 20ms;

constexpr const char* kTables = R"sql(
  CREATE TABLE run(
    id INTEGER PRIMARY KEY, baseline TEXT NOT NULL, saved_at REAL NOT NULL, started_at REAL NOT NULL,
    suite TEXT NOT NULL, version TEXT NOT NULL, command TEXT NOT NULL, seed INTEGER NOT NULL,
    UNIQUE(baseline, started_at, seed, command));
  CREATE TABLE environment(
    run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE, field TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY(run, field)) WITHOUT ROWID;
  CREATE TABLE scenario(
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE, name TEXT NOT NULL,
    plan TEXT NOT NULL, valid INTEGER NOT NULL, errors INTEGER NOT NULL, size INTEGER NOT NULL);
  CREATE INDEX scenario_of_run ON scenario(run);
  CREATE TABLE value(
    scenario INTEGER NOT NULL REFERENCES scenario ON DELETE CASCADE, metric TEXT NOT NULL, value REAL NOT NULL,
    PRIMARY KEY(scenario, metric)) WITHOUT ROWID;
  PRAGMA user_version = 1;
)sql";

Result<std::int64_t> version_of(sqlite3* database) {
  Statement statement(database, "PRAGMA user_version");
  const auto row = statement.step();
  if (!row) return fail(row.error());
  return statement.integer(0);
}

// Changing to write-ahead logging fails at once, whatever the patience, while somebody else is doing it.
Status use_write_ahead_log(sqlite3* database) {
  Status status;
  for (Nanoseconds waited{0}; waited < History::kPatience; waited += kRetry) {
    status = run(database, "PRAGMA journal_mode = WAL");
    if (status || status.error().code != ErrorCode::kUnavailable) return status;
    std::this_thread::sleep_for(kRetry);
  }
  return status;
}

Status prepare(sqlite3* database) {
  sqlite3_busy_timeout(database, static_cast<int>(History::kPatience / 1ms));
  if (auto status = use_write_ahead_log(database); !status) return status;
  if (auto status = run(database, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON"); !status) return status;
  const auto before = version_of(database);
  if (!before) return fail(before.error());
  if (*before == kVersion) return {};
  auto transaction = Transaction::begin(database);
  if (!transaction) return fail(transaction.error());
  // Somebody else may have made the tables while we waited.
  const auto version = version_of(database);
  if (!version) return fail(version.error());
  if (*version > kVersion)
    return fail(ErrorCode::kInvalid, format("the history is of a later loadstone (format {})", *version));
  if (*version == 0)
    if (auto status = run(database, kTables); !status) return status;
  return transaction->commit();
}

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

// SQLite's integers are signed; the bits are kept.
std::int64_t as_signed(std::uint64_t value) { return static_cast<std::int64_t>(value); }

Status save_scenario(sqlite3* database, std::int64_t run_id, const std::string& name, const compare::Observation& o) {
  Statement scenario(database, "INSERT INTO scenario(run, name, plan, valid, errors, size) VALUES(?, ?, ?, ?, ?, ?)");
  scenario.bind(run_id).bind(name).bind(o.plan).bind(std::int64_t{o.is_valid ? 1 : 0});
  scenario.bind(as_signed(o.errors.events)).bind(as_signed(o.errors.size));
  if (auto status = scenario.finish(); !status) return status;
  const auto id = sqlite3_last_insert_rowid(database);
  Statement value(database, "INSERT INTO value(scenario, metric, value) VALUES(?, ?, ?)");
  for (const auto& [metric, number] : o.values)
    if (auto status = value.bind(std::int64_t{id}).bind(metric).bind(number).finish(); !status) return status;
  return {};
}

Status load_environment(sqlite3* database, std::int64_t run_id, std::map<std::string, std::string>& environment) {
  Statement statement(database, "SELECT field, value FROM environment WHERE run = ?");
  statement.bind(run_id);
  for (;;) {
    const auto row = statement.step();
    if (!row) return fail(row.error());
    if (!*row) return {};
    environment[statement.text(0)] = statement.text(1);
  }
}

Status load_values(sqlite3* database, std::int64_t scenario, std::map<std::string, double>& values) {
  Statement statement(database, "SELECT metric, value FROM value WHERE scenario = ?");
  statement.bind(scenario);
  for (;;) {
    const auto row = statement.step();
    if (!row) return fail(row.error());
    if (!*row) return {};
    values[statement.text(0)] = statement.real(1);
  }
}

Status load_scenarios(sqlite3* database, SavedRun& saved) {
  std::map<std::string, std::string> environment;
  if (auto status = load_environment(database, saved.id, environment); !status) return status;
  Statement statement(database, "SELECT id, name, plan, valid, errors, size FROM scenario WHERE run = ?");
  statement.bind(saved.id);
  for (;;) {
    const auto row = statement.step();
    if (!row) return fail(row.error());
    if (!*row) return {};
    compare::Observation o;
    o.started_at = saved.started_at;
    o.environment = environment;
    o.plan = statement.text(2);
    o.is_valid = statement.integer(3) != 0;
    o.errors = {static_cast<std::uint64_t>(statement.integer(4)), static_cast<std::uint64_t>(statement.integer(5))};
    if (auto status = load_values(database, statement.integer(0), o.values); !status) return status;
    saved.scenarios.emplace(statement.text(1), std::move(o));
  }
}

tl::unexpected<Error> no_baseline(const std::string& name) {
  return fail(ErrorCode::kNotFound, format("there is no baseline '{}'; `loadstone baseline list` shows them", name));
}

}  // namespace

void History::Close::operator()(sqlite3* database) const { sqlite3_close(database); }
History::~History() = default;
History::History(History&&) noexcept = default;
History& History::operator=(History&&) noexcept = default;

Result<History> History::open(const std::filesystem::path& file) {
  std::error_code error;
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), error);
  if (error) return fail(ErrorCode::kIo, format("making {}: {}", file.parent_path().string(), error.message()));
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  std::unique_ptr<sqlite3, Close> database(raw);
  if (code != SQLITE_OK) return fail(last_error(raw, "opening " + file.string()));
  if (const auto status = prepare(raw); !status) return fail(status.error().within(file.string()));
  return History(std::move(database));
}

Result<bool> History::save(const std::string& baseline, const result::RunResult& run) {
  sqlite3* database = database_.get();
  auto transaction = Transaction::begin(database);
  if (!transaction) return fail(transaction.error());
  Statement row(database,
                "INSERT INTO run(baseline, saved_at, started_at, suite, version, command, seed) "
                "VALUES(?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
  row.bind(baseline).bind(now()).bind(run.run.started_at).bind(run.run.suite).bind(run.run.version);
  row.bind(run.run.command).bind(as_signed(run.run.seed));
  if (const auto status = row.finish(); !status) return fail(status.error());
  if (sqlite3_changes(database) == 0) return false;
  const std::int64_t id = sqlite3_last_insert_rowid(database);
  Statement environment(database, "INSERT INTO environment(run, field, value) VALUES(?, ?, ?)");
  for (const auto& [field, value] : run.run.environment)
    if (const auto status = environment.bind(id).bind(field).bind(value).finish(); !status) return fail(status.error());
  for (const auto& [name, observation] : compare::observe(run))
    if (const auto status = save_scenario(database, id, name, observation); !status) return fail(status.error());
  if (const auto status = transaction->commit(); !status) return fail(status.error());
  return true;
}

Result<std::vector<Baseline>> History::list() {
  std::vector<Baseline> all;
  Statement statement(database_.get(),
                      "SELECT baseline, COUNT(*), MIN(started_at), MAX(started_at) FROM run GROUP BY baseline "
                      "ORDER BY baseline");
  for (;;) {
    const auto row = statement.step();
    if (!row) return fail(row.error());
    if (!*row) return all;
    all.push_back(
        {statement.text(0), static_cast<std::size_t>(statement.integer(1)), statement.real(2), statement.real(3)});
  }
}

Result<std::vector<SavedRun>> History::load(const std::string& baseline) {
  sqlite3* database = database_.get();
  std::vector<SavedRun> runs;
  // One snapshot for all that is read.
  if (const auto status = run(database, "BEGIN"); !status) return fail(status.error());
  const auto read = [&]() -> Status {
    Statement statement(database,
                        "SELECT id, saved_at, started_at, suite, version, command, seed FROM run WHERE baseline = ? "
                        "ORDER BY started_at, id");
    statement.bind(baseline);
    for (;;) {
      const auto row = statement.step();
      if (!row) return fail(row.error());
      if (!*row) return {};
      SavedRun saved{statement.integer(0),
                     statement.real(1),
                     statement.real(2),
                     statement.text(3),
                     statement.text(4),
                     statement.text(5),
                     static_cast<std::uint64_t>(statement.integer(6)),
                     {}};
      if (auto status = load_scenarios(database, saved); !status) return status;
      runs.push_back(std::move(saved));
    }
  };
  const auto status = read();
  const auto end = run(database, "COMMIT");
  if (!status) return fail(status.error());
  if (!end) return fail(end.error());
  if (runs.empty()) return no_baseline(baseline);
  return runs;
}

Result<std::size_t> History::remove(const std::string& baseline) {
  auto transaction = Transaction::begin(database_.get());
  if (!transaction) return fail(transaction.error());
  Statement statement(database_.get(), "DELETE FROM run WHERE baseline = ?");
  statement.bind(baseline);
  if (const auto status = statement.finish(); !status) return fail(status.error());
  const auto removed = static_cast<std::size_t>(sqlite3_changes(database_.get()));
  if (removed == 0) return no_baseline(baseline);
  if (const auto status = transaction->commit(); !status) return fail(status.error());
  return removed;
}

}  // namespace loadstone::history
