#include "cli/onlookers.h"

#include "analysis/judge.h"
#include "base/format.h"

namespace loadstone::cli {
namespace {

constexpr Nanoseconds kPageEvery = 1s;
// Judging reads the journal: for a verdict to look at, only while that is a matter of a moment.
constexpr std::uintmax_t kLargestToJudge = std::uintmax_t{16} << 20;

}  // namespace

Onlookers::Onlookers(Console& console, const result::Run& run, std::filesystem::path journal)
    : console_(console), so_far_(run), progress_(console, so_far_), journal_(std::move(journal)) {}

Status Onlookers::open_page(const liveview::LiveAddress& address) {
  auto page = liveview::LivePage::start(address);
  if (!page) return fail(page.error());
  page_ = std::move(*page);
  console_.err << format("live: {}\n", page_->url()) << std::flush;
  return {};
}

void Onlookers::begin(std::size_t scenario) {
  if (!page_) so_far_.drop_histograms();
  scenario_ = scenario;
  so_far_.begin(scenario);
  progress_.begin(scenario);
  publish();
}

void Onlookers::tick() {
  progress_.tick();
  if (page_ && SteadyClock::read() - published_ >= kPageEvery) publish();
}

void Onlookers::publish() {
  if (!page_) return;
  published_ = SteadyClock::read();
  page_->publish(std::make_shared<result::RunResult>(so_far_.result()), scenario_);
}

void Onlookers::end(const result::ScenarioEnd& end) {
  so_far_.end(end);
  std::error_code error;
  const bool looked_at = console_.err_is_terminal || page_;
  if (looked_at && std::filesystem::file_size(journal_, error) <= kLargestToJudge && !error)
    if (auto judged = analysis::judge(journal_)) so_far_.judged(std::move(*judged));
  progress_.end(end);
  publish();
}

void Onlookers::over(const result::RunResult& result) {
  // Not owned: the page renders it at once or before the result goes away.
  if (page_) page_->finish(std::shared_ptr<const result::RunResult>(std::shared_ptr<void>(), &result));
}

}  // namespace loadstone::cli
