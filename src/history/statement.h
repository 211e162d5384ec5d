// SQLite's statements as values: bound, stepped and finalised without a leak. Only this folder includes it.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace loadstone::history {

// The database's last error, with what was being done.
[[nodiscard]] Error last_error(sqlite3* database, std::string_view doing);
// Runs statements that give no rows.
[[nodiscard]] Status run(sqlite3* database, const char* sql);

class Statement {
 public:
  // The SQL is the program's own: a mistake in it is found by the first step.
  Statement(sqlite3* database, const char* sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Parameters in order, from the first.
  Statement& bind(std::string_view text);
  Statement& bind(double value);
  Statement& bind(std::int64_t value);

  // True while there is a row.
  [[nodiscard]] Result<bool> step();
  // Steps to the end and makes it ready to be bound again.
  [[nodiscard]] Status finish();

  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] double real(int column) const { return sqlite3_column_double(statement_, column); }
  [[nodiscard]] std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }

 private:
  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

// BEGIN IMMEDIATE, so that who waits does so before it has read anything; rolled back unless committed.
class Transaction {
 public:
  [[nodiscard]] static Result<Transaction> begin(sqlite3* database);
  ~Transaction();
  Transaction(Transaction&& other) noexcept : database_(other.database_) { other.database_ = nullptr; }
  Transaction& operator=(Transaction&&) = delete;
  [[nodiscard]] Status commit();

 private:
  explicit Transaction(sqlite3* database) : database_(database) {}
  sqlite3* database_;
};

}  // namespace loadstone::history
