// The part of the statistics reply that stays the same as long as the snapshot does.
#pragma once

#include <string>

#include "code_graph/graph/snapshot.h"

namespace code_graph::graph {

// "total_nodes":3,…: members of a JSON object without its braces, in a fixed order; words with a count of 0 are left
// out.
[[nodiscard]] std::string stats_members_of(const Snapshot& snapshot);

}  // namespace code_graph::graph
