// Work for its own sake: what a planted fault does when a service is to be busy.
#pragma once

#include "base/clock.h"

namespace loadstone {

// Computes until the calling thread has used so much more CPU time; at most a few microseconds longer.
void compute(Nanoseconds cpu_time);

}  // namespace loadstone
