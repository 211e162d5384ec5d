#include "engine/run.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <latch>
#include <map>
#include <thread>

#include "base/format.h"
#include "engine/health.h"
#include "engine/ledger_result.h"
#include "engine/shard.h"
#include "net/tls_reactor.h"

namespace loadstone::engine {
namespace {

constexpr auto kPoll = 20ms;
// All shards begin this long after the last of them is ready, so that none begins late.
constexpr Nanoseconds kHeadStart = 5ms;
constexpr std::size_t kMaxNotes = 12;

// A shard with the thread that runs it.
struct Worker {
  Mailbox mailbox;
  std::atomic<bool> ready{false};
  std::atomic<bool> over{false};
  std::string problem;
  pid_t tid = 0;
  Nanoseconds measured{0};
  bool stopped = false;
  Nanoseconds until{Nanoseconds::min()};  // collected up to here
  bool collected = false;                 // the last tally has been collected
  std::optional<ledger::Account> account;
  std::optional<audience::Comebacks> comebacks;
  std::thread thread;
};

// A shard's reactor, with TLS around it if the plan says so.
struct Sockets {
  std::unique_ptr<net::Reactor> plain;
  std::unique_ptr<net::TlsTerms> terms;
  std::unique_ptr<net::TlsReactor> secure;
  [[nodiscard]] net::Reactor& reactor() const { return secure ? *secure : *plain; }
};

Result<Sockets> make_sockets(const Plan& plan, int shards, net::ReactorKind kind, const Clock& clock) {
  Sockets sockets;
  auto plain = net::make_reactor(kind, sockets_per_shard(plan, shards));
  if (!plain) return fail(plain.error());
  sockets.plain = std::move(*plain);
  if (!plan.tls) return sockets;
  auto terms = net::TlsTerms::make(*plan.tls);
  if (!terms) return fail(terms.error());
  sockets.terms = std::move(*terms);
  sockets.secure = std::make_unique<net::TlsReactor>(*sockets.plain, *sockets.terms, clock);
  return sockets;
}

void work(Worker& worker, const Plan& plan, int index, int count, net::ReactorKind kind, const Signals& signals,
          std::latch& started) {
  worker.tid = gettid();
  const SteadyClock clock;
  auto sockets = make_sockets(plan, count, kind, clock);
  started.count_down();
  if (!sockets) {
    worker.problem = sockets.error().message;
    worker.ready = true;
    worker.over = true;
    return;
  }
  Shard shard(plan, index, count, sockets->reactor(), clock, worker.mailbox, signals);
  shard.run(worker.ready);
  worker.measured = shard.measured();
  worker.stopped = shard.was_stopped();
  if (shard.account() != nullptr) worker.account = *shard.account();
  if (shard.comebacks() != nullptr) worker.comebacks = *shard.comebacks();
  worker.over = true;
}

// Merges what the shards hand over into blocks, in the order of time.
class Collector {
 public:
  Collector(std::size_t scenario, const Plan& plan, std::size_t shards, Health& health, const Observer& observer)
      : scenario_(scenario),
        plan_(plan),
        health_(health),
        observer_(observer),
        assembly_(shards, plan.drain),
        account_(plan.audience ? plan.audience->clients : 1) {}

  // Takes what a shard has handed over, until `enough`.
  template <class Enough>
  void collect(Worker& worker, Enough enough) {
    while (!enough()) {
      auto tally = worker.mailbox.take();
      if (!tally) break;
      result::Block& block = pending_[tally->start];
      block.scenario = scenario_;
      block.start = tally->start;
      block.length = std::max(block.length, tally->length);
      block.measured = tally->measured;
      tally->add_to(block);
      note(tally->problems);
      for (const auto& [text, examples] : tally->examples) {
        if (!problems_.contains(text)) continue;
        auto& kept = examples_[text];
        for (const std::string& example : examples)
          if (kept.size() < Tally::kMaxExamples) kept.push_back(example);
      }
      if (tally->audience) {
        note(tally->audience->problems);
        for (ledger::SettledPart& part : tally->audience->deliveries.settled) assemble(std::move(part), block);
      }
      worker.until = tally->start + plan_.block;
      worker.collected = tally->last;
      worker.mailbox.give_back(std::move(tally));
    }
  }

  // Passes on the blocks that begin before `until`, or until `enough`. False when the observer wants no more.
  template <class Enough>
  bool pass_on(Nanoseconds until, Enough enough) {
    result::GeneratorHealth health;
    bool sampled = false;
    while (!pending_.empty() && pending_.begin()->first < until && !enough()) {
      result::Block block = std::move(pending_.begin()->second);
      pending_.erase(pending_.begin());
      if (!sampled) health_.sample(health);
      const auto share = [&](double total) { return sampled ? 0.0 : total; };  // totals belong to the first of several
      block.generator.busiest_shard = health.busiest_shard;
      block.generator.cpu_seconds = share(health.cpu_seconds);
      block.generator.steal = health.steal;
      block.generator.major_faults = sampled ? 0 : health.major_faults;
      block.generator.swap_bytes = health.swap_bytes;
      block.generator.open_descriptors = health.open_descriptors;
      block.generator.descriptor_limit = health.descriptor_limit;
      sampled = true;
      if (!observer_.block(std::move(block))) return false;
    }
    return true;
  }

  [[nodiscard]] std::vector<std::string> notes() const {
    std::vector<std::pair<std::uint64_t, std::string>> ranked;
    for (const auto& [text, times] : problems_) ranked.emplace_back(times, text);
    std::sort(ranked.rbegin(), ranked.rend());
    std::vector<std::string> notes;
    if (ranked.size() > kMaxNotes) ranked.resize(kMaxNotes);
    for (const auto& [times, text] : ranked) {
      notes.push_back(format("{} × {}", show_count(times), text));
      if (const auto found = examples_.find(text); found != examples_.end())
        notes.insert(notes.end(), found->second.begin(), found->second.end());
    }
    return notes;
  }

  // What the ledgers of all shards found.
  [[nodiscard]] ledger::Account& account() { return account_; }

 private:
  void note(const std::map<std::string, std::uint64_t>& problems) {
    for (const auto& [text, times] : problems)
      if (problems_.size() < 4 * kMaxNotes || problems_.contains(text)) problems_[text] += times;
  }

  // A message is counted when all shards have settled it.
  void assemble(ledger::SettledPart&& part, result::Block& block) {
    const ledger::Message message = part.message;
    ledger::WholeMessage whole;
    if (!assembly_.add(std::move(part), whole)) return;
    ++block.counters["broadcast.published"];
    if (whole.expected == 0) return;
    if (!whole.is_complete()) ++block.counters["broadcast.incomplete"];
    block.histograms["broadcast.first"].record(whole.first);
    block.histograms["broadcast.median"].record(whole.median);
    block.histograms["broadcast.last"].record(whole.last);
    account_.note(ledger::MessageTotals{plan_.audience->broadcasts->number(message), whole.expected, whole.delivered,
                                        whole.corrupt, whole.last.count()});
  }

  std::size_t scenario_;
  const Plan& plan_;
  Health& health_;
  const Observer& observer_;
  std::map<Nanoseconds, result::Block> pending_;
  std::map<std::string, std::uint64_t> problems_;
  std::map<std::string, std::vector<std::string>> examples_;
  ledger::Assembly assembly_;
  ledger::Account account_;
};

}  // namespace

int default_shards() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency()) / 2); }

int shards_for(const scenario::Scenario& scenario, int wanted) {
  int most = 0;
  if (const auto* audience = std::get_if<scenario::AudienceLoad>(&scenario.kind)) {
    // One command restarts the service for all clients.
    if (audience->recover && audience->recover->drop == scenario::Recover::Drop::kRestart) return 1;
    for (const auto& stage : audience->stages) most = std::max(most, stage.clients);
    return std::clamp(wanted > 0 ? wanted : default_shards(), 1, std::max(1, most));
  }
  const auto& load = std::get<scenario::HttpLoad>(scenario.kind);
  if (const auto* closed = std::get_if<scenario::ClosedLoad>(&load.load)) {
    for (const auto& stage : closed->stages) most = std::max(most, stage.users);
    for (const auto& request : load.requests) most = std::max(most, request.concurrency.value_or(0));
  } else {
    most = std::get<scenario::OpenLoad>(load.load).connections;
  }
  if (std::holds_alternative<scenario::ClosedLoad>(load.load)) most = scenario::connections_of(most, load.streams);
  return std::clamp(wanted > 0 ? wanted : default_shards(), 1, std::max(1, most));
}

result::ScenarioEnd run_scenario(const scenario::Scenario& scenario, std::size_t index, const RunOptions& options,
                                 const Observer& observer) {
  result::ScenarioEnd end;
  end.scenario = index;
  auto plan = make_plan(scenario, options.seed + index);
  if (!plan) {
    end.problem = plan.error().message;
    return end;
  }
  // Numbers of requests are unique over the whole run.
  plan->first_number = (static_cast<std::uint64_t>(index) + 1) * 1'000'000'000'000ULL;

  const int count = shards_for(scenario, options.shards);
  Signals signals;
  std::vector<Worker> workers(static_cast<std::size_t>(count));
  std::latch started(count);
  for (int i = 0; i < count; ++i) {
    Worker& worker = workers[static_cast<std::size_t>(i)];
    worker.thread = std::thread([&, i] { work(worker, *plan, i, count, options.reactor, signals, started); });
  }
  started.wait();

  std::vector<pid_t> tids;
  for (const Worker& worker : workers) tids.push_back(worker.tid);
  Health health(tids);
  Collector collector(index, *plan, workers.size(), health, observer);
  const auto all = [&](auto property) { return std::all_of(workers.begin(), workers.end(), property); };
  const auto is_over = [&] { return all([](const Worker& w) { return w.over.load(); }); };
  // Reading what the shards hand over must never keep a shard from sending: whenever one wakes on this thread's core,
  // an idle thread makes way at once. Once they are over there is nobody to make way for, and on a machine without a
  // free processor an idle thread would hardly come to an end: the rest is for this one.
  std::thread reader([&] {
    const sched_param none{};
    pthread_setschedparam(pthread_self(), SCHED_IDLE, &none);
    bool begun = false;
    while (!is_over()) {
      std::this_thread::sleep_for(kPoll);
      if (observer.should_stop && observer.should_stop()) signals.stop = true;
      if (!begun && all([](const Worker& w) { return w.ready.load(); })) {
        begun = true;
        const Instant earliest = SteadyClock::read() + kHeadStart;
        const Instant begin = observer.begin ? std::max(earliest, observer.begin(earliest)) : earliest;
        signals.begin = begin.time_since_epoch().count();
        result::GeneratorHealth ignored;
        health.sample(ignored);  // what opening the connections cost belongs to no block
      }
      Nanoseconds until = Nanoseconds::max();
      for (Worker& worker : workers) {
        collector.collect(worker, is_over);
        if (!worker.collected && worker.problem.empty()) until = std::min(until, worker.until);
      }
      if (!collector.pass_on(until, is_over)) signals.stop = true;
    }
  });
  reader.join();
  const auto never = [] { return false; };
  for (Worker& worker : workers) collector.collect(worker, never);
  collector.pass_on(Nanoseconds::max(), never);
  for (Worker& worker : workers) {
    worker.thread.join();
    end.measured_seconds = std::max(end.measured_seconds, to_seconds(worker.measured));
    end.interrupted = end.interrupted || worker.stopped;
    if (!worker.problem.empty()) end.problem = worker.problem;
  }
  end.notes = collector.notes();
  if (plan->audience && plan->audience->broadcasts) {
    for (Worker& worker : workers)
      if (worker.account) collector.account().add(std::move(*worker.account));
    collector.account().finish();
    end.ledger = ledger_of(collector.account());
  }
  if (workers.front().comebacks) {
    audience::Comebacks comebacks = std::move(*workers.front().comebacks);
    for (std::size_t i = 1; i < workers.size(); ++i)
      if (workers[i].comebacks) comebacks.add(*workers[i].comebacks);
    end.recovery = recovery_of(comebacks, collector.account().lost);
  }
  return end;
}

}  // namespace loadstone::engine
