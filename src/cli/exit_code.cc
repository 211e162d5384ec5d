#include "cli/exit_code.h"

namespace loadstone::cli {
namespace {

int badness(int code) {
  switch (code) {
    case kExitMet:
      return 0;
    case kExitInconclusive:
      return 1;
    case kExitInvalid:
      return 3;
    case kExitUsage:
      return 4;
    case kExitInterrupt:
    case kExitTerminate:
      return 5;
    default:
      return 2;
  }
}

}  // namespace

int worse_exit_code(int a, int b) { return badness(b) > badness(a) ? b : a; }

}  // namespace loadstone::cli
