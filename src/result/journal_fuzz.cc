// A journal of any bytes is read to its end without a crash, and what is understood can be written again.
#include <cstddef>
#include <cstdint>
#include <sstream>

#include "base/check.h"
#include "result/journal.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loadstone::result;
  auto reader = JournalReader::read(
      std::make_unique<std::istringstream>(std::string(reinterpret_cast<const char*>(data), size)), "fuzz");
  if (!reader) return 0;
  while (auto entry = reader->next())
    if (const auto* block = std::get_if<Block>(&*entry)) {
      CHECK(block->scenario < reader->run().scenarios.size());
      for (const auto& [family, times] : block->histograms) CHECK(times.quantile(0.5) <= times.max(), "{}", family);
    }
  CHECK(reader->complete() || !reader->losses().empty());
  return 0;
}
