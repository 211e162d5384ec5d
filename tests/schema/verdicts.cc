// Prints "good FILE" or "bad FILE" for each suite named, as the loader sees it.
#include <cstdio>

#include "scenario/load.h"

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const auto loaded = loadstone::scenario::load_suite(argv[i], {});
    std::printf("%s %s\n", loaded.suite ? "good" : "bad", argv[i]);
  }
}
