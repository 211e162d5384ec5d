// Any text around and within a header: what is found is what encode() would write, and nothing is read beyond the text.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "ledger/header.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loadstone::ledger;
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  const HeaderFound found = find_header(message);
  if (found.kind == HeaderFound::Kind::kFound) {
    std::string text(kHeaderBytes, '?');
    encode(found.header, text.data());
    CHECK(found.text == text);
    CHECK(message.find(text) == static_cast<std::size_t>(found.text.data() - message.data()));
  }
  CHECK((found.kind == HeaderFound::Kind::kNone) == (message.find("~lodest~") == std::string_view::npos));
  // With a good one after it there is one to be found.
  Header header{.run = 1, .publisher = 2, .sequence = size, .due = {}};
  std::string longer(message);
  longer.resize(size + kHeaderBytes);
  encode(header, longer.data() + size);
  const HeaderFound now = find_header(longer);
  CHECK(now.kind == HeaderFound::Kind::kFound);
  CHECK(now.header == (found.kind == HeaderFound::Kind::kFound ? found.header : header));
  return 0;
}
