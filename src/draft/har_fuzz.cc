// Any bytes as a HAR file: either a draft whose suite the real loader takes, or a report of what is wrong.
#include <cstdint>

#include "base/check.h"
#include "draft/draft_for_test.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loadstone;
  const auto source = config::make_source("input", {reinterpret_cast<const char*>(data), size}, draft::kMaxSource);
  if (!source) return 0;  // not UTF-8
  const draft::Drafted d = draft::drafted((*source)->text(), draft::Form::kHar);
  CHECK(d.draft.has_value() == d.problems.empty());
  if (!d.draft) return 0;
  for (const auto& r : d.draft->requests)
    if (r.body.form == draft::BodyForm::kFile) return 0;  // there is no file to load
  const auto loaded = draft::loaded(d);
  CHECK(loaded.suite.has_value(), "{}\n{}", loaded.problems, d.suite);
  return 0;
}
