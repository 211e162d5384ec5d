#include "code_graph/graph/builder.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <tuple>

#include "base/check.h"
#include "code_graph/graph/stats_text.h"

namespace code_graph::graph {
namespace {

// Longest docstring kept, in bytes; what is longer is cut.
constexpr std::uint32_t kDocBytes = 2048;

bool is_ranked(NodeType type) {
  return type == NodeType::kFunction || type == NodeType::kClass || type == NodeType::kModule;
}

// a < b as if each were followed by ':', as paths are inside ids.
bool less_before_colon(std::string_view a, std::string_view b) {
  const std::size_t shared = std::min(a.size(), b.size());
  if (const int order = a.substr(0, shared).compare(b.substr(0, shared)); order != 0) return order < 0;
  if (a.size() == b.size()) return false;
  return a.size() < b.size() ? ':' < static_cast<unsigned char>(b[shared])
                             : static_cast<unsigned char>(a[shared]) < ':';
}

void append_number(std::string& out, std::uint32_t value) {
  char digits[12];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

// Two edges with the same id. Contains and imports have no line in theirs.
bool same_id(const Edge& a, const Edge& b) {
  if (a.source != b.source || a.target != b.target || a.type != b.type) return false;
  return a.line == b.line || a.type == EdgeType::kContains || a.type == EdgeType::kImports;
}

void sort_and_unify(std::vector<Edge>& edges) {
  std::ranges::sort(edges, [](const Edge& a, const Edge& b) {
    const auto key = [](const Edge& e) {
      return std::tuple(e.source, e.target, e.type, e.line, -int{e.confidence_percent}, e.resolution);
    };
    return key(a) < key(b);
  });
  edges.erase(std::unique(edges.begin(), edges.end(), same_id), edges.end());
  edges.shrink_to_fit();
}

}  // namespace

FileIndex SnapshotBuilder::add_file(File file) {
  files_.push_back(std::move(file));
  return static_cast<FileIndex>(files_.size() - 1);
}

NodeIndex SnapshotBuilder::add_node(const NodeSpec& node) {
  DCHECK(node.file < files_.size());
  nodes_.push_back(node);
  return static_cast<NodeIndex>(nodes_.size() - 1);
}

void SnapshotBuilder::add_seam(const Edge& edge, std::string mechanism, std::string evidence) {
  Edge seam = edge;
  seam.type = EdgeType::kSeam;
  seam.resolution = Resolution::kEvidence;
  seams_.push_back({seam, std::move(mechanism), std::move(evidence)});
}

void SnapshotBuilder::add_entry_point(NodeIndex node, std::uint32_t line, std::string_view pattern, int priority,
                                      double bonus) {
  entries_.push_back({node, line, std::string(pattern), priority, bonus});
}

void SnapshotBuilder::reserve(std::size_t nodes, std::size_t edges) {
  nodes_.reserve(nodes);
  edges_.reserve(edges);
}

std::shared_ptr<const Snapshot> SnapshotBuilder::build(std::uint64_t generation, std::string indexed_at) && {
  const auto snapshot = std::make_shared<Snapshot>();
  snapshot->generation_ = generation;
  snapshot->indexed_at_ = std::move(indexed_at);
  snapshot->call_counts_ = call_counts_;
  place_files(*snapshot);
  place_nodes(*snapshot);
  place_edges(*snapshot);
  rank(*snapshot);
  count(*snapshot);
  place_entry_points(*snapshot);
  snapshot->stats_members_ = stats_members_of(*snapshot);
  return snapshot;
}

void SnapshotBuilder::place_files(Snapshot& to) {
  std::vector<FileIndex> order(files_.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, [&](FileIndex a, FileIndex b) { return less_before_colon(files_[a].path, files_[b].path); });
  file_places_.resize(files_.size());
  to.files_.reserve(files_.size());
  for (const FileIndex f : order) {
    file_places_[f] = static_cast<FileIndex>(to.files_.size());
    to.files_.push_back(std::move(files_[f]));
    to.files_.back().is_test = is_test_path(to.files_.back().path);
  }
}

void SnapshotBuilder::place_nodes(Snapshot& to) {
  // Ids begin with the type's word, then the path; only within one type and file must texts be compared.
  std::array<int, kNodeTypeCount> type_rank{};
  std::array<int, kNodeTypeCount> types{};
  std::iota(types.begin(), types.end(), 0);
  std::ranges::sort(types, {}, [](int t) { return id_prefix_of(static_cast<NodeType>(t)); });
  for (int i = 0; i < kNodeTypeCount; ++i) type_rank[static_cast<std::size_t>(types[static_cast<std::size_t>(i)])] = i;

  // The part of each id behind the path: ":name:line" and "#2" for the second of a kind.
  const std::size_t n = nodes_.size();
  CHECK(n < kNoIndex, "{} nodes", n);
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::vector<std::uint64_t> group(n);
  // The id of a module ends with its path, so there the order is that of the bare paths.
  std::vector<FileIndex> bare(to.files_.size());
  std::iota(bare.begin(), bare.end(), 0);
  std::ranges::sort(bare, {}, [&](FileIndex f) -> const std::string& { return to.files_[f].path; });
  std::vector<FileIndex> bare_rank(bare.size());
  for (FileIndex i = 0; i < bare.size(); ++i) bare_rank[bare[i]] = i;
  for (std::size_t i = 0; i < n; ++i) {
    const FileIndex file = file_places_[nodes_[i].file];
    const FileIndex rank_of_file = nodes_[i].type == NodeType::kModule ? bare_rank[file] : file;
    group[i] = std::uint64_t(type_rank[static_cast<std::size_t>(nodes_[i].type)]) << 32 | rank_of_file;
  }
  std::string tails;
  std::vector<std::uint32_t> tail_offsets{0};
  tail_offsets.reserve(n + 1);
  for (const NodeSpec& node : nodes_) {
    if (node.type != NodeType::kModule) {
      tails += ':';
      tails += node.name;
      tails += ':';
      append_number(tails, node.line);
    }
    tail_offsets.push_back(static_cast<std::uint32_t>(tails.size()));
  }
  const auto tail = [&](std::uint32_t i) {
    return std::string_view(tails).substr(tail_offsets[i], tail_offsets[i + 1] - tail_offsets[i]);
  };
  std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
    if (group[a] != group[b]) return group[a] < group[b];
    if (const int by_text = tail(a).compare(tail(b)); by_text != 0) return by_text < 0;
    return a < b;
  });

  // Ordinals of equal ids, in the order in which the nodes were added, then the final order of the finished texts.
  std::vector<std::uint32_t> ordinal(n, 1);
  for (std::size_t i = 1; i < n; ++i) {
    if (group[order[i]] == group[order[i - 1]] && tail(order[i]) == tail(order[i - 1])) {
      ordinal[order[i]] = ordinal[order[i - 1]] + 1;
    }
  }
  const auto full_tail = [&](std::uint32_t i) {
    std::string text(tail(i));
    if (ordinal[i] > 1) {
      text += '#';
      append_number(text, ordinal[i]);
    }
    return text;
  };
  for (std::size_t i = 0; i < n;) {
    std::size_t end = i + 1;
    while (end < n && ordinal[order[end]] > 1) ++end;
    // "#10" is before "#2" as text.
    if (end - i > 9)
      std::sort(order.begin() + i, order.begin() + end, [&](auto a, auto b) { return full_tail(a) < full_tail(b); });
    i = end;
  }

  node_places_.resize(n);
  for (std::size_t i = 0; i < n; ++i) node_places_[order[i]] = static_cast<NodeIndex>(i);

  std::vector<std::string_view> texts;
  texts.reserve(n);
  for (const NodeSpec& node : nodes_) texts.push_back(node.name);
  std::vector<NameIndex> numbers;
  to.names_ = NameTable::build(texts, numbers);

  to.id_offsets_.reserve(n + 1);
  to.id_arena_.reserve(tails.size() + n * 40);
  for (const std::uint32_t from : order) {
    const NodeSpec& node = nodes_[from];
    const FileIndex file = file_places_[node.file];
    to.id_arena_ += id_prefix_of(node.type);
    to.id_arena_ += ':';
    to.id_arena_ += to.files_[file].path;
    to.id_arena_ += tail(from);
    if (ordinal[from] > 1) {
      to.id_arena_ += '#';
      append_number(to.id_arena_, ordinal[from]);
    }
    to.id_offsets_.push_back(static_cast<std::uint32_t>(to.id_arena_.size()));
    to.node_names_.push_back(numbers[from]);
    to.node_files_.push_back(file);
    to.lines_.push_back(node.line);
    to.end_lines_.push_back(std::max(node.line, node.end_line));
    to.parents_.push_back(node.parent == kNoIndex ? kNoIndex : node_places_[node.parent]);
    to.doc_offsets_.push_back(node.doc_offset);
    to.doc_lengths_.push_back(static_cast<std::uint16_t>(std::min(node.doc_length, kDocBytes)));
    to.complexities_.push_back(static_cast<std::uint16_t>(std::min<std::uint32_t>(node.complexity, 0xFFFF)));
    to.types_.push_back(node.type);
    to.kinds_.push_back(node.kind);
    if (node.type == NodeType::kModule) to.files_[file].module = static_cast<NodeIndex>(to.types_.size() - 1);
  }
  CHECK(to.id_arena_.size() < kNoIndex, "{} bytes of ids", to.id_arena_.size());
  to.id_arena_.shrink_to_fit();
}

void SnapshotBuilder::place_edges(Snapshot& to) {
  const NodeIndex n = to.node_count();
  const auto placed = [&](Edge e) {
    e.source = node_places_[e.source];
    e.target = node_places_[e.target];
    return e;
  };
  std::vector<Edge>& edges = to.edges_;
  edges.reserve(edges_.size() + nodes_.size() + seams_.size());
  for (const Edge& e : edges_) edges.push_back(placed(e));
  for (Seam& s : seams_) {
    s.edge = placed(s.edge);
    edges.push_back(s.edge);
  }
  for (NodeIndex i = 0; i < n; ++i) {
    if (to.parents_[i] != kNoIndex)
      edges.push_back({to.parents_[i], i, to.lines_[i], EdgeType::kContains, Resolution::kSyntax, 100});
  }
  sort_and_unify(edges);

  for (const Edge& e : candidates_) to.candidates_.push_back(placed(e));
  sort_and_unify(to.candidates_);

  to.out_offsets_.assign(n + 1, 0);
  to.in_offsets_.assign(n + 1, 0);
  to.in_degrees_.assign(n, 0);
  to.out_degrees_.assign(n, 0);
  for (const Edge& e : edges) {
    ++to.out_offsets_[e.source + 1];
    ++to.in_offsets_[e.target + 1];
    ++to.edge_counts_[static_cast<std::size_t>(e.type)];
    if (e.type == EdgeType::kContains) continue;
    ++to.out_degrees_[e.source];
    ++to.in_degrees_[e.target];
  }
  std::partial_sum(to.out_offsets_.begin(), to.out_offsets_.end(), to.out_offsets_.begin());
  std::partial_sum(to.in_offsets_.begin(), to.in_offsets_.end(), to.in_offsets_.begin());
  to.in_edges_.resize(edges.size());
  std::vector<std::uint32_t> next(to.in_offsets_.begin(), to.in_offsets_.end() - 1);
  for (EdgeIndex e = 0; e < edges.size(); ++e) to.in_edges_[next[edges[e].target]++] = e;

  for (Seam& s : seams_) {
    const auto at = std::ranges::lower_bound(edges, s.edge, [](const Edge& a, const Edge& b) {
      return std::tuple(a.source, a.target, a.type, a.line) < std::tuple(b.source, b.target, b.type, b.line);
    });
    to.seams_.push_back({static_cast<EdgeIndex>(at - edges.begin()), std::move(s.mechanism), std::move(s.evidence)});
  }
  std::ranges::sort(to.seams_, [](const SeamEvidence& a, const SeamEvidence& b) {
    return std::tie(a.edge, a.mechanism, a.evidence) < std::tie(b.edge, b.mechanism, b.evidence);
  });
  const auto [from, end] = std::ranges::unique(to.seams_, {}, &SeamEvidence::edge);
  to.seams_.erase(from, end);
}

void SnapshotBuilder::rank(Snapshot& to) {
  const NodeIndex n = to.node_count();
  to.by_prominence_.resize(n);
  std::iota(to.by_prominence_.begin(), to.by_prominence_.end(), 0);
  std::ranges::stable_sort(to.by_prominence_, std::ranges::greater{}, [&](NodeIndex i) { return to.degree(i); });
  to.prominences_.resize(n);
  std::size_t ranked = 0;
  for (std::uint32_t place = 0; place < n; ++place) {
    const NodeIndex i = to.by_prominence_[place];
    to.prominences_[i] = place;
    if (!is_ranked(to.types_[i])) continue;
    ++ranked;
    if (to.in_degrees_[i] == 0 && to.out_degrees_[i] > 0) to.roots_.push_back(i);
    if (to.out_degrees_[i] == 0 && to.in_degrees_[i] > 0) to.leaves_.push_back(i);
  }
  const std::size_t quarter = std::max<std::size_t>(1, ranked / 4);
  for (const NodeIndex i : to.by_prominence_) {
    if (to.hubs_.size() == quarter || to.degree(i) == 0) break;
    if (is_ranked(to.types_[i])) to.hubs_.push_back(i);
  }

  to.by_name_offsets_.assign(to.names_.size() + 1, 0);
  for (const NameIndex name : to.node_names_) ++to.by_name_offsets_[name + 1];
  std::partial_sum(to.by_name_offsets_.begin(), to.by_name_offsets_.end(), to.by_name_offsets_.begin());
  to.by_name_.resize(n);
  std::vector<std::uint32_t> next(to.by_name_offsets_.begin(), to.by_name_offsets_.end() - 1);
  for (const NodeIndex i : to.by_prominence_) to.by_name_[next[to.node_names_[i]]++] = i;
}

void SnapshotBuilder::count(Snapshot& to) {
  std::vector<NodeIndex> functions;
  for (NodeIndex i = 0; i < to.node_count(); ++i) {
    const auto type = static_cast<std::size_t>(to.types_[i]);
    const auto language = static_cast<std::size_t>(to.language(i));
    ++to.type_counts_[type];
    ++to.language_counts_[language];
    ++to.counts_[language][type];
    if (to.types_[i] != NodeType::kFunction) continue;
    functions.push_back(i);
    const std::uint32_t c = to.complexities_[i];
    ++to.complexity_buckets_[c <= 5 ? 0 : c <= 10 ? 1 : c <= 20 ? 2 : 3];
  }
  const std::size_t kept = std::min<std::size_t>(10, functions.size());
  std::ranges::partial_sort(
      functions, functions.begin() + static_cast<std::ptrdiff_t>(kept), [&](NodeIndex a, NodeIndex b) {
        return std::tuple(-int{to.complexities_[a]}, a) < std::tuple(-int{to.complexities_[b]}, b);
      });
  to.most_complex_.assign(functions.begin(), functions.begin() + static_cast<std::ptrdiff_t>(kept));
}

void SnapshotBuilder::place_entry_points(Snapshot& to) {
  const auto score = [&](const Entry& e) {
    const double complexity = to.complexities_[e.node];
    return 1.0 + e.bonus + e.priority / 10.0 - std::min(complexity / 100.0, 0.5);
  };
  for (Entry& e : entries_) e.node = node_places_[e.node];
  std::ranges::sort(entries_, [&](const Entry& a, const Entry& b) {
    return std::tuple(a.node, -score(a), a.line, std::string_view(a.pattern)) <
           std::tuple(b.node, -score(b), b.line, std::string_view(b.pattern));
  });
  for (const Entry& e : entries_) {
    if (to.entry_points_.empty() || to.entry_points_.back().node != e.node) {
      to.entry_points_.push_back({e.node, e.line, score(e), e.pattern, {}});
      continue;
    }
    EntryPoint& best = to.entry_points_.back();
    if (best.pattern != e.pattern && std::ranges::find(best.other_patterns, e.pattern) == best.other_patterns.end()) {
      best.other_patterns.push_back(e.pattern);
    }
  }
  std::ranges::stable_sort(to.entry_points_, std::ranges::greater{}, &EntryPoint::score);
}

}  // namespace code_graph::graph
