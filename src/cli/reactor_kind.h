// The reactor that a user's choice names.
#pragma once

#include "cli/run_options.h"
#include "net/reactor.h"

namespace loadstone::cli {

[[nodiscard]] inline net::ReactorKind reactor_kind(ReactorChoice choice) {
  switch (choice) {
    case ReactorChoice::kUring:
      return net::ReactorKind::kUring;
    case ReactorChoice::kEpoll:
      return net::ReactorKind::kEpoll;
    case ReactorChoice::kAuto:
      break;
  }
  return net::ReactorKind::kAuto;
}

}  // namespace loadstone::cli
