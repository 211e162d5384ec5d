#include "engine/ledger_result.h"

#include <algorithm>
#include <string>

#include "base/clock.h"

namespace loadstone::engine {
namespace {

double mean_seconds(std::uint64_t sum_ns, std::uint64_t count) {
  return count == 0 ? 0 : static_cast<double>(sum_ns) * 1e-9 / static_cast<double>(count);
}

result::LedgerGrid grid_of(const ledger::Picture& picture) {
  result::LedgerGrid grid;
  grid.clients_per_row = picture.clients_per_row();
  grid.messages_per_column = picture.messages_per_column();
  grid.rows = picture.rows();
  grid.columns = picture.columns();
  for (std::size_t row = 0; row < picture.rows(); ++row)
    for (std::size_t column = 0; column < picture.columns(); ++column) {
      const auto& cell = picture.cell(row, column);
      grid.expected.push_back(cell.expected);
      grid.delivered.push_back(std::min(cell.delivered, cell.expected));
      grid.mean_latency.push_back(mean_seconds(cell.latency_ns, cell.delivered));
    }
  return grid;
}

}  // namespace

result::Ledger ledger_of(const ledger::Account& account) {
  result::Ledger result;
  result.all_clients = account.clients.size();
  for (const ledger::ClientTotals& c : account.clients) {
    if (result.clients.size() == result::kMostLedgerClients) break;
    result.clients.push_back({c.client, c.expected, c.delivered, c.missing, c.duplicates, c.reordered, c.corrupt,
                              c.late, c.foreign, c.lost, mean_seconds(c.latency_ns, c.delivered)});
  }
  for (const ledger::MessageTotals& m : account.messages)
    result.messages.push_back({m.message, m.expected, m.delivered, m.corrupt, to_seconds(Nanoseconds(m.last_ns))});
  for (const ledger::Anomaly& a : account.anomalies)
    result.anomalies.push_back(
        {std::string(ledger::name(a.fault)), a.client, a.message, a.has_message, a.displacement});
  result.further_anomalies = account.further_anomalies;
  result.grid = grid_of(account.picture);
  return result;
}

result::Recovery recovery_of(const audience::Comebacks& comebacks, std::span<const std::uint64_t> lost) {
  result::Recovery result = comebacks.course();
  for (std::size_t i = 0; i < result.cycles.size() && i + 1 < lost.size(); ++i) result.cycles[i].lost = lost[i + 1];
  return result;
}

}  // namespace loadstone::engine
