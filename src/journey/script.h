// What users do, step by step: which request follows which, what is taken from an answer and put into the next request,
// and what must hold. Immutable once made; shared by all shards.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "journey/comparison.h"
#include "journey/lookup.h"
#include "journey/table.h"
#include "journey/template.h"
#include "journey/vocabulary.h"

namespace loadstone::journey {

struct Extraction {
  std::string name;
  std::uint32_t slot = 0;
  Lookup from;
  std::optional<std::string> otherwise;  // when it is missing; without this, missing is a failure
};

struct Expectation {
  std::string text;  // as written
  Lookup what;
  Comparison comparison;
};

// A step is left out when this does not hold. A value that is not set, or empty, is missing.
struct Condition {
  Template value;
  Comparison comparison;
};

// What a step does that speaks by WebSocket instead of sending a request. The request then is the one that opens the
// connection, and its body what is said.
struct Speech {
  enum class Waits : std::uint8_t {
    kForNothing,  // it is done when the connection is open, or when its message has gone
    kForAny,      // for the first message that comes after it has spoken
    kForOne,      // for the first of which all of `awaited` holds
  };
  bool says = false;
  bool closes = false;  // instead of anything else
  Waits waits = Waits::kForNothing;
  std::vector<Expectation> awaited;
  std::optional<Nanoseconds> timeout;  // of the whole step, instead of the scenario's
};

struct Step {
  std::uint32_t request = 0;  // which of the scenario's requests
  std::optional<Speech> speech;
  std::vector<Expectation> checks;
  std::vector<Extraction> extractions;
  std::optional<Condition> condition;
  Nanoseconds think{0};      // after the answer, before whatever comes next
  std::uint32_t repeat = 1;  // so many times in a row

  [[nodiscard]] bool needs_body() const;
  [[nodiscard]] bool needs_fields() const;
};

struct Journey {
  std::string name;
  double weight = 1;
  std::vector<Step> steps;  // at least one
};

enum class RowOrder : std::uint8_t {
  kSequential,  // each journey takes the next row, and the first again after the last
  kRandom,      // each journey takes any row
  kPerUser,     // each user has a row of its own throughout
};

// A data file, and which of its rows a journey gets.
struct TableUse {
  std::string name;
  std::shared_ptr<const Table> table;
  RowOrder order = RowOrder::kSequential;
};

struct Script {
  static constexpr std::size_t kMaxJourneys = 100;
  static constexpr std::uint32_t kMaxRepeat = 100'000;
  static constexpr int kMaxRedirects = 100;

  Vocabulary vocabulary;
  std::vector<Journey> journeys;  // at least one
  std::vector<TableUse> data;
  bool keeps_cookies = false;
  int most_redirects = 0;  // followed in a row; 0: an answer is an answer

  // Whether any step speaks by WebSocket, any does not, and any journey may begin with one that does.
  [[nodiscard]] bool speaks() const;
  [[nodiscard]] bool requests() const;
  [[nodiscard]] bool may_begin_by_speaking() const;
  // Which journey a draw of u in [0, 1) means, by weight.
  [[nodiscard]] std::uint32_t pick(double u) const;
};

}  // namespace loadstone::journey
