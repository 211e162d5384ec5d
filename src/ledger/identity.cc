#include "ledger/identity.h"

#include <utility>

#include "base/format.h"
#include "ledger/wall_time.h"

namespace loadstone::ledger {
Identity::Identity(How how) : how_(how), memory_(std::make_unique<std::array<Remembered, kRemembered>>()) {}

Result<Identity> Identity::make(How how, std::string expression, std::string time_pointer) {
  Identity identity(how);
  if (how == How::kPointer) {
    auto pointer = JsonPointer::parse(expression);
    if (!pointer) return fail(pointer.error().within("the id"));
    identity.pointer_ = std::move(*pointer);
  }
  if (how == How::kPattern) {
    auto pattern = Pattern::compile(expression);
    if (!pattern) return fail(pattern.error().within(format("the pattern {}", expression)));
    if (pattern->groups() < 1)
      return fail(ErrorCode::kInvalid, format("the pattern {} has no group (…) around the id", expression));
    identity.pattern_ = std::move(*pattern);
  }
  if (!time_pointer.empty()) {
    auto pointer = JsonPointer::parse(time_pointer);
    if (!pointer) return fail(pointer.error().within("the time"));
    identity.time_ = std::move(*pointer);
  }
  return identity;
}

Found Identity::find(std::string_view message) {
  // What followed the last one found follows it again, on another connection; else from the newest back.
  const Remembered& likely = (*memory_)[likely_ % kRemembered];
  if (likely.message == message) {
    ++likely_;
    return likely.found;
  }
  for (std::size_t back = 1; back <= kRemembered; ++back) {
    const Remembered& known = (*memory_)[(next_ - back) % kRemembered];
    if (known.message != message) continue;
    likely_ = next_ - back + 1;
    return known.found;
  }
  if (message.size() > kLargestRemembered || message.empty()) return search(message, scratch_);
  Remembered& place = (*memory_)[next_++ % kRemembered];
  likely_ = next_;
  place.message.assign(message);
  place.found = search(place.message, place.unescaped);
  return place.found;
}

Found Identity::search(std::string_view message, std::string& unescaped) {
  Found found;
  if (time_)
    if (const auto time = time_->find(message, unescaped)) found.wall_time = parse_wall_time(*time);
  switch (how_) {
    case How::kHeader: {
      const HeaderFound header = find_header(message);
      if (header.kind == HeaderFound::Kind::kDamaged) found.kind = Found::Kind::kDamaged;
      found.id = header.text;
      found.header = header.header;
      break;
    }
    case How::kPointer:
      found.id = pointer_->find(message, unescaped).value_or(std::string_view());
      break;
    case How::kPattern:
      found.id = pattern_->first_group(message).value_or(std::string_view());
      break;
  }
  if (!found.id.empty()) found.kind = Found::Kind::kFound;
  return found;
}

}  // namespace loadstone::ledger
