// Who calls, what is called, where is it mentioned.
#include <algorithm>
#include <tuple>

#include "base/format.h"
#include "code_graph/api/queries.h"
#include "code_graph/api/shapes.h"

namespace code_graph::api {
namespace {

using graph::Edge;
using graph::EdgeType;
using graph::NodeType;

// Nodes that one symbol may stand for, and sites that one answer may sort. A symbol like "e" with match=contains means
// everything.
constexpr std::size_t kMaxSymbols = 10'000;
constexpr std::size_t kMaxSites = 200'000;

// Is `symbol` the whole of the qualified name or its end at a dot: "C.m" of "pkg.C.m".
bool is_qualified_end(std::string_view qualified, std::string_view symbol) {
  if (!qualified.ends_with(symbol)) return false;
  return qualified.size() == symbol.size() || qualified[qualified.size() - symbol.size() - 1] == '.';
}

loadstone::Result<std::vector<NodeIndex>> symbols(const Snapshot& s, const SymbolQuery& query) {
  std::vector<NodeIndex> found;
  if (!query.node_id.empty()) {
    const auto n = s.find(query.node_id);
    if (!n)
      return loadstone::fail(loadstone::ErrorCode::kNotFound, loadstone::format("Node {} not found", query.node_id));
    found.push_back(*n);
    return found;
  }
  const std::size_t dot = query.symbol.find_last_of('.');
  const bool qualified = dot != std::string::npos;
  const std::string_view last =
      qualified ? std::string_view(query.symbol).substr(dot + 1) : std::string_view(query.symbol);
  if (last.empty()) return found;
  std::string needle(last);
  std::ranges::transform(needle, needle.begin(), graph::fold);

  const auto take = [&](graph::NameIndex name) {
    for (const NodeIndex n : s.named(name)) {
      if (found.size() == kMaxSymbols) return;
      if (s.type(n) == NodeType::kImport) continue;
      if (qualified) {
        const std::string whole = s.qualified_name(n);
        const auto end = whole.find_last_of('.');
        if (end == std::string::npos) continue;
        if (query.match == SymbolMatch::kExact && !is_qualified_end(whole, query.symbol)) continue;
        // The part before the last dot is always meant exactly.
        const std::string_view owner = std::string_view(query.symbol).substr(0, dot);
        if (query.match != SymbolMatch::kExact && !is_qualified_end(std::string_view(whole).substr(0, end), owner))
          continue;
      }
      found.push_back(n);
    }
  };
  switch (query.match) {
    case SymbolMatch::kExact: {
      const auto [from, end] = s.names().exact(last);
      for (auto name = from; name < end; ++name) take(name);
      break;
    }
    case SymbolMatch::kPrefix: {
      const auto [from, end] = s.names().prefixed(needle);
      for (auto name = from; name < end; ++name) {
        if (s.names().text(name).starts_with(last)) take(name);
      }
      break;
    }
    case SymbolMatch::kContains:
      s.names().containing(needle, [&](graph::NameIndex name, graph::Match) { take(name); });
      break;
  }
  std::ranges::sort(found);
  return found;
}

struct Site {
  Edge edge;
  std::uint32_t hops;
};

// By the file and line of the site, then by its ends.
void put_in_order(const Snapshot& s, std::vector<Site>& sites) {
  const auto key = [&](const Site& x) {
    return std::tuple(s.file_index(x.edge.source), x.edge.line, x.edge.source, x.edge.target, x.edge.type);
  };
  std::ranges::sort(sites, [&](const Site& a, const Site& b) { return key(a) < key(b); });
}

// Call sites around the symbols, up to query.depth hops against (callers) or along (callees) the calls.
std::vector<Site> call_sites(const Snapshot& s, const std::vector<NodeIndex>& start, const SymbolQuery& query,
                             bool incoming) {
  std::vector<Site> sites;
  std::vector<NodeIndex> seen = start;
  std::vector<NodeIndex> layer = start;
  for (std::uint32_t hops = 1; hops <= query.depth && !layer.empty() && sites.size() < kMaxSites; ++hops) {
    std::vector<NodeIndex> next;
    const auto take = [&](const Edge& e) {
      if (e.type != EdgeType::kCalls || sites.size() == kMaxSites) return;
      sites.push_back({e, hops});
      next.push_back(incoming ? e.source : e.target);
    };
    for (const NodeIndex n : layer) {
      if (incoming) {
        for (const EdgeIndex e : s.in_edges(n)) take(s.edge(e));
      } else {
        for (const Edge& e : s.out_edges(n)) take(e);
      }
    }
    std::ranges::sort(next);
    next.erase(std::unique(next.begin(), next.end()), next.end());
    layer.clear();
    std::ranges::set_difference(next, seen, std::back_inserter(layer));
    std::vector<NodeIndex> both;
    std::ranges::set_union(seen, layer, std::back_inserter(both));
    seen = std::move(both);
  }
  if (query.candidates) {
    for (const Edge& e : s.candidate_edges()) {
      const NodeIndex end = incoming ? e.target : e.source;
      if (std::ranges::binary_search(start, end) && sites.size() < kMaxSites) sites.push_back({e, 1});
    }
  }
  put_in_order(s, sites);
  return sites;
}

std::string old_id(const Snapshot& s, NodeIndex n) { return loadstone::format("{}:{}", s.file(n).path, s.name(n)); }

template <class Write>
void write_page(const SymbolQuery& query, std::string_view total_key, std::string_view list_key,
                const std::vector<Site>& sites, std::string& out, Write write) {
  JsonWriter json(out);
  json.begin_object();
  json.field("symbol", query.symbol.empty() ? query.node_id : query.symbol);
  json.field(total_key, sites.size());
  json.key(list_key);
  json.begin_array();
  const std::size_t end = std::min<std::size_t>(sites.size(), std::size_t{query.offset} + query.limit);
  for (std::size_t i = query.offset; i < end; ++i) {
    json.begin_object();
    write(json, sites[i]);
    json.end_object();
  }
  json.end_array();
  json.field("limit", query.limit);
  json.field("offset", query.offset);
  json.end_object();
}

}  // namespace

Status callers(const Snapshot& s, const SymbolQuery& query, std::string& out) {
  const auto targets = symbols(s, query);
  if (!targets) return loadstone::fail(targets.error());
  write_page(query, "total_callers", "callers", call_sites(s, *targets, query, true), out,
             [&](JsonWriter& json, const Site& site) {
               const Edge& e = site.edge;
               json.field("caller_id", old_id(s, e.source));
               json.field("caller", s.name(e.source));
               json.field("caller_type", graph::name_of(s.type(e.source)));
               json.field("file", s.file(e.source).path);
               json.field("line", s.line(e.source));
               json.field("target_function", s.name(e.target));
               json.field("call_line", e.line);
               json.field("node_id", s.id(e.source));
               json.field("target_node_id", s.id(e.target));
               json.field("confidence", e.confidence_percent / 100.0);
               json.field("depth", site.hops);
             });
  return {};
}

Status callees(const Snapshot& s, const SymbolQuery& query, std::string& out) {
  const auto sources = symbols(s, query);
  if (!sources) return loadstone::fail(sources.error());
  write_page(query, "total_callees", "callees", call_sites(s, *sources, query, false), out,
             [&](JsonWriter& json, const Site& site) {
               const Edge& e = site.edge;
               json.field("callee_id", old_id(s, e.target));
               json.field("callee", s.name(e.target));
               json.field("callee_type", graph::name_of(s.type(e.target)));
               json.field("file", s.file(e.target).path);
               json.field("line", s.line(e.target));
               json.field("call_line", e.line);
               json.field("call_file", s.file(e.source).path);
               json.field("node_id", s.id(e.target));
               json.field("source_node_id", s.id(e.source));
               json.field("confidence", e.confidence_percent / 100.0);
               json.field("depth", site.hops);
             });
  return {};
}

Status references(const Snapshot& s, const SymbolQuery& query, std::string& out) {
  const auto targets = symbols(s, query);
  if (!targets) return loadstone::fail(targets.error());
  std::vector<Site> sites;
  for (const NodeIndex n : *targets) {
    for (const EdgeIndex e : s.in_edges(n)) {
      if (s.edge(e).type != EdgeType::kContains && sites.size() < kMaxSites) sites.push_back({s.edge(e), 1});
    }
  }
  put_in_order(s, sites);
  write_page(query, "total_references", "references", sites, out, [&](JsonWriter& json, const Site& site) {
    const Edge& e = site.edge;
    json.field("reference_id", loadstone::format("{}:{}:{}", s.file(e.source).path, s.name(e.source), e.line));
    json.field("referencing_symbol", s.name(e.source));
    json.field("file", s.file(e.source).path);
    json.field("line", e.line);
    json.field("context", graph::name_of(e.type));
    json.field("node_id", s.id(e.source));
    json.field("target_node_id", s.id(e.target));
    json.field("confidence", e.confidence_percent / 100.0);
  });
  return {};
}

}  // namespace code_graph::api
