#include "cli/interrupt.h"

#include <unistd.h>

#include <csignal>

namespace loadstone::cli {
namespace {

volatile std::sig_atomic_t noted = 0;

void note(int signal) {
  if (noted != 0) _exit(128 + signal);
  noted = signal;
}

}  // namespace

void Interrupt::watch() {
  struct sigaction action{};
  action.sa_handler = note;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

int Interrupt::signal() { return noted; }

}  // namespace loadstone::cli
