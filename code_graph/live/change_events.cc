#include "code_graph/live/change_events.h"

#include "base/format.h"
#include "base/json_writer.h"
#include "code_graph/api/queries.h"

namespace code_graph::live {
namespace {

using graph::Snapshot;
using loadstone::format;
using loadstone::JsonWriter;

std::string json_text(std::string_view text) {
  std::string out;
  JsonWriter::append_json_string(out, text);
  return out;
}

void publish_node(push::Hub& hub, std::string_view type, const Snapshot& snapshot, graph::NodeIndex n) {
  std::string data;
  if (!api::node(snapshot, snapshot.id(n), data)) return;
  hub.publish({std::string(type), std::string(snapshot.id(n)), "node", std::move(data)});
}

void publish_added_edge(push::Hub& hub, const Snapshot& snapshot, const graph::Edge& edge, const std::string& id) {
  std::string data;
  JsonWriter json(data);
  json.begin_object();
  json.field("id", id);
  json.field("source_id", snapshot.id(edge.source));
  json.field("target_id", snapshot.id(edge.target));
  json.field("type", graph::name_of(edge.type));
  json.field("is_seam", edge.type == graph::EdgeType::kSeam);
  json.end_object();
  hub.publish({"relationship_added", id, "relationship", std::move(data)});
}

}  // namespace

void publish_changes(push::Hub& hub, const index::Update& update) {
  const Snapshot& after = *update.after;
  if (update.reset) {
    hub.publish({"graph_reset", "graph", "metadata",
                 format(R"({{"node_count":{},"edge_count":{},"generation":{}}})", after.node_count(),
                        after.edge_count(), after.generation())});
    return;
  }
  // What refers to something comes after it is added and before it is deleted.
  std::string id;
  for (const auto e : update.changes.deleted_edges) {
    id.clear();
    update.before->append_edge_id(id, update.before->edge(e));
    hub.publish({"relationship_deleted", id, "relationship", format(R"({{"relationship_id":{}}})", json_text(id))});
  }
  for (const auto n : update.changes.deleted_nodes) {
    const std::string_view node = update.before->id(n);
    hub.publish({"node_deleted", std::string(node), "node", format(R"({{"node_id":{}}})", json_text(node))});
  }
  for (const auto n : update.changes.added_nodes) publish_node(hub, "node_added", after, n);
  for (const auto n : update.changes.updated_nodes) publish_node(hub, "node_updated", after, n);
  for (const auto e : update.changes.added_edges) {
    id.clear();
    after.append_edge_id(id, after.edge(e));
    publish_added_edge(hub, after, after.edge(e), id);
  }
}

void publish_started(push::Hub& hub, std::string_view message) {
  hub.publish({"analysis_started", "analysis", "metadata", format(R"({{"message":{}}})", json_text(message))});
}

void publish_progress(push::Hub& hub, std::size_t done, std::size_t total) {
  const double percentage = total == 0 ? 100.0 : 100.0 * static_cast<double>(done) / static_cast<double>(total);
  const std::string members =
      format(R"("percentage":{:.1f},"message":"{} of {} files are read")", percentage, done, total);
  hub.publish({"analysis_progress", "analysis", "metadata",
               format(R"({{{},"files_done":{},"files_total":{}}})", members, done, total), members});
}

void publish_completed(push::Hub& hub, const Snapshot& snapshot, double duration_ms) {
  hub.publish({"analysis_completed", "analysis", "metadata",
               format(R"({{"node_count":{},"edge_count":{},"duration_ms":{:.1f},"generation":{}}})",
                      snapshot.node_count(), snapshot.edge_count(), duration_ms, snapshot.generation())});
}

}  // namespace code_graph::live
