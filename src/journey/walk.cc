#include "journey/walk.h"

#include <algorithm>

#include "base/format.h"

namespace loadstone::journey {

Walk::Walk(const Script& script) : script_(script), variables_(script.vocabulary.variables()) {
  std::uint32_t cells = 0;
  for (const TableUse& file : script.data) {
    first_cell_.push_back(cells);
    cells += static_cast<std::uint32_t>(file.table->columns().size());
  }
  cells_.resize(cells);
}

void Walk::begin(const Start& start, Random& random) {
  start_ = start;
  for (std::string& v : variables_) v.clear();
  for (std::size_t f = 0; f < script_.data.size(); ++f) {
    const TableUse& file = script_.data[f];
    const std::size_t rows = file.table->rows();
    std::uint64_t row = start.turn % rows;
    if (file.order == RowOrder::kRandom) row = random.below(rows);
    if (file.order == RowOrder::kPerUser) row = (start.user - 1) % rows;
    for (std::size_t c = 0; c < file.table->columns().size(); ++c)
      cells_[first_cell_[f] + c] = file.table->cell(row, c);
  }
  enter(0, random);
}

// The first step from `index` on whose condition holds.
void Walk::enter(std::size_t index, Random& random) {
  const auto& steps = script_.journeys[start_.journey].steps;
  repeated_ = 0;
  for (index_ = index; index_ < steps.size(); ++index_) {
    step_ = &steps[index_];
    if (!step_->condition) return;
    const Values now = values(0, random);
    scratch_.clear();
    step_->condition->value.append(scratch_, now, Escape::kNone);
    const std::optional<std::string_view> value =
        scratch_.empty() ? std::nullopt : std::optional<std::string_view>(scratch_);
    if (step_->condition->comparison.holds(value, now)) return;
  }
  step_ = nullptr;
}

Values Walk::values(std::uint64_t request_id, Random& random) const {
  return {variables_, cells_, first_cell_, request_id, start_.unique, start_.user, &random};
}

bool Walk::awaits(const Answer& message, std::uint64_t request_id, Random& random) {
  const auto& awaited = step_->speech->awaited;
  return std::all_of(awaited.begin(), awaited.end(), [&](const Expectation& e) {
    return e.comparison.holds(e.what.find(message, scratch_), values(request_id, random));
  });
}

std::optional<Failure> Walk::take(const Answer& answer, std::uint64_t request_id, Random& random) {
  auto failure = check(answer, request_id, random);
  if (!failure) failure = extract(answer);
  if (failure) {
    step_ = nullptr;
    return failure;
  }
  if (++repeated_ < step_->repeat) return std::nullopt;
  enter(index_ + 1, random);
  return std::nullopt;
}

std::optional<Failure> Walk::check(const Answer& answer, std::uint64_t request_id, Random& random) {
  for (const Expectation& e : step_->checks) {
    const auto found = e.what.find(answer, scratch_);
    if (e.comparison.holds(found, values(request_id, random))) continue;
    Failure failure{format("check '{}'", e.text), std::nullopt};
    if (found) failure.found = *found;
    return failure;
  }
  return std::nullopt;
}

std::optional<Failure> Walk::extract(const Answer& answer) {
  for (const Extraction& e : step_->extractions) {
    const auto found = e.from.find(answer, scratch_);
    if (found && found->size() <= kLongestValue) {
      variables_[e.slot] = *found;
    } else if (!found && e.otherwise) {
      variables_[e.slot] = *e.otherwise;
    } else {
      Failure failure{format("extract {} from {}", e.name, e.from.text()), std::nullopt};
      if (found) failure.found = format("{} bytes, more than a value may have", found->size());
      return failure;
    }
  }
  return std::nullopt;
}

}  // namespace loadstone::journey
