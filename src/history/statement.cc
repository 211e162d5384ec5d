#include "history/statement.h"

#include "base/format.h"

namespace loadstone::history {

Error last_error(sqlite3* database, std::string_view doing) {
  const int code = sqlite3_errcode(database);
  const auto kind = code == SQLITE_BUSY || code == SQLITE_LOCKED                              ? ErrorCode::kUnavailable
                    : code == SQLITE_NOTADB || code == SQLITE_CORRUPT || code == SQLITE_ERROR ? ErrorCode::kInvalid
                    : code == SQLITE_FULL                                                     ? ErrorCode::kLimit
                                                                                              : ErrorCode::kIo;
  return {kind, format("{}: {}", doing, sqlite3_errmsg(database))};
}

Status run(sqlite3* database, const char* sql) {
  if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return fail(last_error(database, "history"));
  return {};
}

Statement::Statement(sqlite3* database, const char* sql) : database_(database) {
  sqlite3_prepare_v2(database, sql, -1, &statement_, nullptr);
}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::bind(std::string_view text) {
  sqlite3_bind_text(statement_, ++bound_, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
  return *this;
}

Statement& Statement::bind(double value) {
  sqlite3_bind_double(statement_, ++bound_, value);
  return *this;
}

Statement& Statement::bind(std::int64_t value) {
  sqlite3_bind_int64(statement_, ++bound_, value);
  return *this;
}

Result<bool> Statement::step() {
  switch (sqlite3_step(statement_)) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      return fail(last_error(database_, "history"));
  }
}

Status Statement::finish() {
  Status status;
  for (;;) {
    const auto row = step();
    if (!row) status = fail(row.error());
    if (!row || !*row) break;
  }
  sqlite3_reset(statement_);
  bound_ = 0;
  return status;
}

std::string Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return text == nullptr ? std::string()
                         : std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

Result<Transaction> Transaction::begin(sqlite3* database) {
  if (const auto status = run(database, "BEGIN IMMEDIATE"); !status) return fail(status.error());
  return Transaction(database);
}

Transaction::~Transaction() {
  if (database_ != nullptr) sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
}

Status Transaction::commit() {
  if (auto status = run(database_, "COMMIT"); !status) return status;
  database_ = nullptr;
  return {};
}

}  // namespace loadstone::history
