// The shapes of nodes and edges that clients know: N1 to N4 and E1 to E3 of the contract. Internal to api/.
#pragma once

#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "code_graph/graph/snapshot.h"

namespace code_graph::api {

using graph::EdgeIndex;
using graph::NodeIndex;
using graph::Snapshot;
using loadstone::JsonWriter;

enum class Metadata : bool { kBrief, kWhole };  // whole adds the docstring

void write_n1(JsonWriter& json, const Snapshot& snapshot, NodeIndex n, Metadata metadata = Metadata::kBrief);
void write_n2(JsonWriter& json, const Snapshot& snapshot, NodeIndex n, bool with_metadata);
void write_n3(JsonWriter& json, const Snapshot& snapshot, NodeIndex n, std::uint32_t in_degree,
              std::uint32_t out_degree);
void write_n4(JsonWriter& json, const Snapshot& snapshot, NodeIndex n);

// The members of E1 without the braces, so that a caller may add its own.
void write_e1_members(JsonWriter& json, const Snapshot& snapshot, const graph::Edge& edge,
                      const graph::SeamEvidence* evidence);
void write_e1(JsonWriter& json, const Snapshot& snapshot, EdgeIndex e);
void write_e2(JsonWriter& json, const Snapshot& snapshot, const graph::Edge& edge);
void write_e3(JsonWriter& json, const Snapshot& snapshot, const graph::Edge& edge);
void write_edge_metadata(JsonWriter& json, const graph::Edge& edge, const graph::SeamEvidence* evidence);

}  // namespace code_graph::api
