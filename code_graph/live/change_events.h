// What an update of the graph means to subscribers.
#pragma once

#include "code_graph/index/indexer.h"
#include "code_graph/push/hub.h"

namespace code_graph::live {

// One event for each change; or one graph_reset where there were too many to tell.
void publish_changes(push::Hub& hub, const index::Update& update);
void publish_started(push::Hub& hub, std::string_view message);
void publish_progress(push::Hub& hub, std::size_t done, std::size_t total);
void publish_completed(push::Hub& hub, const graph::Snapshot& snapshot, double duration_ms);

}  // namespace code_graph::live
