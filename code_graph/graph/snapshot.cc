#include "code_graph/graph/snapshot.h"

#include <algorithm>
#include <charconv>

namespace code_graph::graph {

std::optional<NodeIndex> Snapshot::find(std::string_view wanted) const {
  NodeIndex low = 0;
  NodeIndex high = node_count();
  while (low < high) {
    const NodeIndex middle = low + (high - low) / 2;
    if (id(middle) < wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low < node_count() && id(low) == wanted) return low;
  return std::nullopt;
}

std::string_view Snapshot::docstring(NodeIndex n) const {
  const File& of = file(n);
  if (doc_lengths_[n] == 0 || !of.text) return {};
  return std::string_view(*of.text).substr(doc_offsets_[n], doc_lengths_[n]);
}

void Snapshot::append_qualified_name(std::string& out, NodeIndex n) const {
  const NodeIndex above = parents_[n];
  if (above != kNoIndex && types_[above] != NodeType::kModule) {
    append_qualified_name(out, above);
    out += '.';
  }
  out += name(n);
}

std::string Snapshot::qualified_name(NodeIndex n) const {
  std::string out;
  append_qualified_name(out, n);
  return out;
}

void Snapshot::append_edge_id(std::string& out, const Edge& e) const {
  out += name_of(e.type);
  out += ':';
  if (e.type == EdgeType::kContains || e.type == EdgeType::kImports) {
    out += file(e.source).path;
    out += ':';
    out += id(e.target);
    return;
  }
  out += id(e.source);
  out += ':';
  out += id(e.target);
  out += ':';
  char digits[12];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, e.line).ptr);
}

const SeamEvidence* Snapshot::seam_evidence(EdgeIndex e) const {
  const auto at = std::ranges::lower_bound(seams_, e, {}, &SeamEvidence::edge);
  return at != seams_.end() && at->edge == e ? &*at : nullptr;
}

std::size_t Snapshot::memory_bytes() const {
  const auto of = [](const auto& column) { return column.capacity() * sizeof column[0]; };
  std::size_t bytes = sizeof *this + names_.memory_bytes() + id_arena_.capacity() + stats_members_.capacity();
  bytes += of(id_offsets_) + of(node_names_) + of(node_files_) + of(lines_) + of(end_lines_) + of(parents_) +
           of(doc_offsets_) + of(doc_lengths_) + of(complexities_) + of(types_) + of(kinds_);
  bytes += of(edges_) + of(in_edges_) + of(out_offsets_) + of(in_offsets_) + of(in_degrees_) + of(out_degrees_);
  bytes += of(by_prominence_) + of(prominences_) + of(by_name_) + of(by_name_offsets_) + of(roots_) + of(leaves_) +
           of(hubs_) + of(entry_points_) + of(seams_) + of(candidates_) + of(files_);
  for (const File& f : files_) bytes += f.path.capacity() + (f.text ? f.text->capacity() : 0);
  return bytes;
}

bool is_test_path(std::string_view path) {
  constexpr std::string_view kFolders[] = {"tests", "test",  "_tests",    "_test",
                                           "spec",  "specs", "__tests__", "quarantine"};
  std::size_t from = 0;
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', from)) {
    if (std::ranges::find(kFolders, path.substr(from, slash - from)) != std::end(kFolders)) return true;
    from = slash + 1;
  }
  const std::string_view base = path.substr(from);
  if (base == "conftest.py" || base == "pytest.ini" || base.starts_with("test_") || base.starts_with("test."))
    return true;
  const std::string_view stem = base.substr(0, base.find_last_of('.'));
  return stem.ends_with("_test") || stem.ends_with(".test") || stem.ends_with(".spec") || stem.ends_with("_spec");
}

}  // namespace code_graph::graph
