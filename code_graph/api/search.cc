#include <algorithm>
#include <queue>

#include "base/format.h"
#include "code_graph/api/queries.h"
#include "code_graph/api/shapes.h"

namespace code_graph::api {
namespace {

// The nodes that fit, best first: kind of match, then prominence (degree, then id). Both in one number, least is best.
class Page {
 public:
  Page(std::size_t offset, std::size_t limit) : offset_(offset), kept_(offset + limit) {}

  void offer(std::uint64_t rank) {
    if (heap_.size() < kept_) {
      heap_.push(rank);
    } else if (!heap_.empty() && rank < heap_.top()) {
      heap_.pop();
      heap_.push(rank);
    }
  }
  // No rank as great as this or greater can get onto the page.
  [[nodiscard]] bool is_beyond(std::uint64_t rank) const {
    return heap_.size() == kept_ && (kept_ == 0 || rank >= heap_.top());
  }

  [[nodiscard]] std::vector<NodeIndex> nodes(const Snapshot& snapshot) && {
    std::vector<NodeIndex> found(heap_.size());
    for (std::size_t i = heap_.size(); i-- > 0; heap_.pop()) {
      found[i] = snapshot.by_prominence()[static_cast<std::uint32_t>(heap_.top())];
    }
    found.erase(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(std::min(offset_, found.size())));
    return found;
  }

 private:
  std::size_t offset_;
  std::size_t kept_;
  std::priority_queue<std::uint64_t> heap_;
};

// How many nodes have this language and type, from the counters.
std::uint64_t count(const Snapshot& snapshot, const SearchQuery& query) {
  if (query.language && query.type) return snapshot.count(*query.language, *query.type);
  if (query.language) return snapshot.count(*query.language);
  return query.type ? snapshot.count(*query.type) : snapshot.node_count();
}

}  // namespace

void search(const Snapshot& snapshot, const SearchQuery& query, std::string& out) {
  const bool filtered = query.language || query.type;
  const auto fits = [&](NodeIndex n) {
    return (!query.type || snapshot.type(n) == *query.type) &&
           (!query.language || snapshot.language(n) == *query.language);
  };

  std::uint64_t total = 0;
  std::vector<NodeIndex> found;
  if (query.name.empty()) {
    total = count(snapshot, query);
    std::uint64_t skip = query.offset;
    for (const NodeIndex n : snapshot.by_prominence()) {
      if (found.size() == query.limit || query.offset + found.size() >= total) break;
      if (filtered && !fits(n)) continue;
      if (skip > 0) {
        --skip;
        continue;
      }
      found.push_back(n);
    }
  } else {
    std::string needle = query.name;
    std::ranges::transform(needle, needle.begin(), graph::fold);
    Page page(query.offset, query.limit);
    const graph::NameTable& names = snapshot.names();
    const auto offer = [&](graph::NameIndex name, graph::Match match) {
      const std::uint64_t base = static_cast<std::uint64_t>(match) << 32;
      const auto nodes = snapshot.named(name);
      if (!filtered) total += nodes.size();
      for (const NodeIndex n : nodes) {
        const std::uint64_t rank = base | snapshot.prominence(n);
        if (filtered) {
          if (!fits(n)) continue;
          ++total;
        } else if (page.is_beyond(rank)) {
          break;
        }
        page.offer(rank);
      }
    };
    // Names that begin with the needle first: they are best, and when they fill the page the others need only be
    // counted.
    const auto [from, end] = names.prefixed(needle);
    for (auto name = from; name < end; ++name) {
      offer(name, names.folded(name).size() == needle.size() ? graph::Match::kExact : graph::Match::kPrefix);
    }
    const bool certain = graph::NameTable::candidates_are_certain(needle);
    const auto best_left = static_cast<std::uint64_t>(graph::Match::kWord) << 32;
    for (const graph::NameIndex name : names.candidates(needle)) {
      if (name >= from && name < end) continue;
      if (certain && page.is_beyond(best_left)) {
        if (!filtered) {
          total += snapshot.named(name).size();
        } else {
          for (const NodeIndex n : snapshot.named(name)) total += fits(n);
        }
        continue;
      }
      if (const graph::Match match = names.match_of(name, needle); match != graph::Match::kNone) offer(name, match);
    }
    found = std::move(page).nodes(snapshot);
  }

  JsonWriter json(out);
  json.begin_object();
  json.key("results");
  json.begin_array();
  for (const NodeIndex n : found) write_n1(json, snapshot, n);
  json.end_array();
  json.field("total_count", std::min<std::uint64_t>(total, kCountCap));
  json.field("returned", found.size());
  json.field("offset", query.offset);
  json.field("truncated", query.offset + found.size() < total);
  json.field("count_capped", total > kCountCap);
  const std::string_view language = query.language ? graph::name_of(*query.language) : "None";
  const std::string_view type = query.type ? graph::name_of(*query.type) : "None";
  json.field("query", loadstone::format("name={},language={},type={}", query.name.empty() ? "None" : query.name,
                                        language, type));
  json.key("filters");
  json.begin_object();
  if (query.language) json.field("language", language);
  if (query.type) json.field("node_type", type);
  json.end_object();
  json.end_object();
}

}  // namespace code_graph::api
