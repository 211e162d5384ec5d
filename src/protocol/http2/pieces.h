// Memory for nghttp2. A request takes a dozen small pieces of a few sizes and gives them back with its answer; more of
// them than malloc keeps at hand. Here they are kept, by size, for the next request of the thread, and freed when it
// ends. A faster malloc for the whole program (jemalloc) gained less.
#pragma once

#include <nghttp2/nghttp2.h>

namespace loadstone::http2 {

// What a session may take its memory from. It can be given back on any thread.
[[nodiscard]] nghttp2_mem* pieces();

}  // namespace loadstone::http2
