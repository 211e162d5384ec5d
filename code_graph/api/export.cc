#include <algorithm>

#include "code_graph/api/queries.h"
#include "code_graph/api/shapes.h"
#include "code_graph/api/standard_library.h"

namespace code_graph::api {
namespace {

using graph::Language;
using graph::NodeType;

bool is_dunder(std::string_view name) { return name.size() > 4 && name.starts_with("__") && name.ends_with("__"); }

// By the naming habits of the languages that have them.
bool is_private(Language language, std::string_view name) {
  switch (language) {
    case Language::kPython:
    case Language::kJavaScript:
    case Language::kTypeScript:
      return name.starts_with('_') && !is_dunder(name);
    default:
      return false;
  }
}

struct Left {
  std::uint64_t language = 0;
  std::uint64_t type = 0;
  std::uint64_t tests = 0;
  std::uint64_t standard_library = 0;
  std::uint64_t visibility = 0;
};

}  // namespace

void export_graph(const Snapshot& s, const ExportQuery& query, std::string& out) {
  std::vector<NodeIndex> kept;
  Left left;
  for (NodeIndex n = 0; n < s.node_count(); ++n) {
    const std::string_view name = s.name(n);
    if (query.language && s.language(n) != *query.language) {
      ++left.language;
    } else if (query.type && s.type(n) != *query.type) {
      ++left.type;
    } else if (query.exclude_tests && s.file(n).is_test) {
      ++left.tests;
    } else if (query.exclude_stdlib && s.type(n) == NodeType::kImport && is_standard_library(s.language(n), name)) {
      ++left.standard_library;
    } else if ((!query.include_private && is_private(s.language(n), name)) ||
               (!query.include_dunder && is_dunder(name))) {
      ++left.visibility;
    } else {
      kept.push_back(n);
    }
  }
  const bool truncated = kept.size() > query.limit;
  if (truncated) {
    const auto cut = kept.begin() + query.limit;
    std::ranges::nth_element(kept, cut, {}, [&](NodeIndex n) { return s.prominence(n); });
    kept.erase(cut, kept.end());
    std::ranges::sort(kept);
  }

  std::vector<bool> is_kept(s.node_count());
  std::array<std::uint64_t, graph::kLanguageCount> languages{};
  std::array<std::uint64_t, graph::kNodeTypeCount> types{};
  double complexity = 0;
  for (const NodeIndex n : kept) {
    is_kept[n] = true;
    ++languages[static_cast<std::size_t>(s.language(n))];
    ++types[static_cast<std::size_t>(s.type(n))];
    complexity += s.complexity(n);
  }

  JsonWriter json(out);
  json.begin_object();
  json.key("nodes");
  json.begin_array();
  for (const NodeIndex n : kept) write_n2(json, s, n, query.include_metadata);
  json.end_array();
  json.key("links");
  json.begin_array();
  std::uint64_t links = 0;
  for (const NodeIndex n : kept) {
    for (const graph::Edge& e : s.out_edges(n)) {
      if (!is_kept[e.target]) continue;
      write_e2(json, s, e);
      ++links;
    }
  }
  json.end_array();
  json.key("stats");
  json.begin_object();
  json.field("totalNodes", kept.size());
  json.field("totalLinks", links);
  json.key("languages");
  json.begin_object();
  for (std::size_t i = 0; i < languages.size(); ++i) {
    if (languages[i] > 0) json.field(graph::name_of(static_cast<Language>(i)), languages[i]);
  }
  json.end_object();
  json.key("nodeTypes");
  json.begin_object();
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (types[i] > 0) json.field(graph::name_of(static_cast<NodeType>(i)), types[i]);
  }
  json.end_object();
  json.field("avgComplexity", kept.empty() ? 0.0 : complexity / static_cast<double>(kept.size()));
  json.field("truncated", truncated);
  json.key("filterStats");
  json.begin_object();
  json.field("total_processed", s.node_count());
  json.field("filtered_by_language", left.language);
  json.field("filtered_by_type", left.type);
  json.field("filtered_by_tests", left.tests);
  json.field("filtered_by_stdlib", left.standard_library);
  json.field("filtered_by_visibility", left.visibility);
  json.end_object();
  json.end_object();
  json.field("truncated", truncated);
  json.end_object();
}

}  // namespace code_graph::api
