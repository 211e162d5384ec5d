#include "result/ledger_json.h"

#include <array>

#include "base/format.h"

namespace loadstone::result {
namespace {

struct Count {
  const char* key;
  std::uint64_t LedgerClient::* member;
};
constexpr Count kCounts[] = {{"client", &LedgerClient::client},         {"expected", &LedgerClient::expected},
                             {"delivered", &LedgerClient::delivered},   {"missing", &LedgerClient::missing},
                             {"duplicates", &LedgerClient::duplicates}, {"reordered", &LedgerClient::reordered},
                             {"corrupt", &LedgerClient::corrupt},       {"late", &LedgerClient::late},
                             {"foreign", &LedgerClient::foreign},       {"lost", &LedgerClient::lost}};

// Every item of a list of objects; the first mistake ends it.
template <class Read>
Status each(const Json& json, const char* key, const std::string& path, const Read& read) {
  const auto found = json.find(key);
  if (found == json.end()) return {};
  const std::string at = path + "." + key;
  if (!found->is_array()) return fail(ErrorCode::kInvalid, at + ": expected a list");
  for (const Json& item : *found) {
    Fields fields(item, at);
    read(fields);
    if (!fields.status()) return fields.status();
  }
  return {};
}

template <class T>
bool read_numbers(Fields& fields, const char* key, std::size_t size, std::vector<T>& to) {
  const Json& json = fields.need(key);
  bool good = json.is_array() && json.size() == size;
  for (std::size_t i = 0; good && i < size; ++i) {
    good = json[i].is_number() && json[i].get<double>() >= 0;
    if (good) to.push_back(json[i].get<T>());
  }
  if (!good) fields.mistake(key, "as many numbers as the grid has cells");
  return good;
}

}  // namespace

Json to_json(const Ledger& ledger) {
  Json clients = Json::array(), messages = Json::array(), anomalies = Json::array();
  for (const LedgerClient& c : ledger.clients) {
    Json json;
    for (const Count& count : kCounts) json[count.key] = c.*count.member;
    json["mean_latency"] = c.mean_latency;
    clients.push_back(std::move(json));
  }
  for (const LedgerMessage& m : ledger.messages)
    messages.push_back({{"message", m.message},
                        {"expected", m.expected},
                        {"delivered", m.delivered},
                        {"corrupt", m.corrupt},
                        {"missing", m.expected - m.delivered - m.corrupt},
                        {"last", m.last}});
  for (const LedgerAnomaly& a : ledger.anomalies) {
    Json json = {{"kind", a.kind}, {"client", a.client}};
    if (a.has_message) json["message"] = a.message;
    if (a.kind == "reordered") json["displacement"] = a.displacement;
    anomalies.push_back(std::move(json));
  }
  Json json = {{"clients", std::move(clients)},
               {"all_clients", ledger.all_clients},
               {"messages", std::move(messages)},
               {"anomalies", std::move(anomalies)},
               {"further_anomalies", ledger.further_anomalies}};
  const LedgerGrid& g = ledger.grid;
  if (g.columns > 0)
    json["grid"] = {{"clients_per_row", g.clients_per_row},
                    {"messages_per_column", g.messages_per_column},
                    {"rows", g.rows},
                    {"columns", g.columns},
                    {"expected", g.expected},
                    {"delivered", g.delivered},
                    {"mean_latency", g.mean_latency}};
  return json;
}

Result<Ledger> ledger_from(const Json& json, const std::string& path) {
  Ledger ledger;
  Fields fields(json, path);
  fields.read("all_clients", ledger.all_clients);
  fields.read("further_anomalies", ledger.further_anomalies);
  if (!fields.status()) return fail(fields.status().error());
  Status status = each(json, "clients", path, [&](Fields& f) {
    LedgerClient c;
    for (const Count& count : kCounts) f.read(count.key, c.*count.member);
    f.read("mean_latency", c.mean_latency);
    ledger.clients.push_back(c);
  });
  if (status)
    status = each(json, "messages", path, [&](Fields& f) {
      LedgerMessage m;
      f.read("message", m.message);
      f.read("expected", m.expected);
      f.read("delivered", m.delivered);
      f.read("corrupt", m.corrupt);
      f.read("last", m.last);
      if (m.delivered > m.expected || m.corrupt > m.expected - m.delivered)
        f.mistake("delivered", "no more than expected");
      ledger.messages.push_back(m);
    });
  if (status)
    status = each(json, "anomalies", path, [&](Fields& f) {
      LedgerAnomaly a;
      f.read("kind", a.kind);
      f.read("client", a.client);
      f.read("message", a.message);
      a.has_message = f.find("message") != nullptr;
      f.read("displacement", a.displacement);
      ledger.anomalies.push_back(std::move(a));
    });
  if (!status) return fail(status.error());
  if (const Json* grid = fields.find("grid"); grid != nullptr) {
    Fields f(*grid, path + ".grid");
    LedgerGrid& g = ledger.grid;
    f.read("clients_per_row", g.clients_per_row);
    f.read("messages_per_column", g.messages_per_column);
    f.read("rows", g.rows);
    f.read("columns", g.columns);
    constexpr std::uint64_t kMost = 4096;
    if (g.rows > kMost || g.columns > kMost) f.mistake("rows", "a smaller grid");
    const std::size_t cells = f.status() ? static_cast<std::size_t>(g.rows * g.columns) : 0;
    if (f.status() && read_numbers(f, "expected", cells, g.expected) &&
        read_numbers(f, "delivered", cells, g.delivered))
      read_numbers(f, "mean_latency", cells, g.mean_latency);
    if (!f.status()) return fail(f.status().error());
  }
  return ledger;
}

}  // namespace loadstone::result
