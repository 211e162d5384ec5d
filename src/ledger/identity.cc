#include "ledger/identity.h"

#include <re2/re2.h>

#include <utility>

#include "base/format.h"
#include "ledger/wall_time.h"

namespace loadstone::ledger {
namespace {

// What RE2 may use for one pattern's automata.
constexpr std::int64_t kPatternMemory = std::int64_t{8} << 20;

Result<std::unique_ptr<re2::RE2>> compile(const std::string& expression) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kPatternMemory);
  auto pattern = std::make_unique<re2::RE2>(expression, options);
  if (!pattern->ok()) return fail(ErrorCode::kInvalid, format("the pattern {}: {}", expression, pattern->error()));
  if (pattern->NumberOfCapturingGroups() < 1)
    return fail(ErrorCode::kInvalid, format("the pattern {} has no group (…) around the id", expression));
  return pattern;
}

}  // namespace

Identity::Identity(How how) : how_(how), memory_(std::make_unique<std::array<Remembered, kRemembered>>()) {}
Identity::Identity(Identity&&) noexcept = default;
Identity& Identity::operator=(Identity&&) noexcept = default;
Identity::~Identity() = default;

Result<Identity> Identity::make(How how, std::string expression, std::string time_pointer) {
  Identity identity(how);
  if (how == How::kPointer) {
    auto pointer = JsonPointer::parse(expression);
    if (!pointer) return fail(pointer.error().within("the id"));
    identity.pointer_ = std::move(*pointer);
  }
  if (how == How::kPattern) {
    auto pattern = compile(expression);
    if (!pattern) return fail(pattern.error());
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
  // From the newest back: most messages are the newest, on another connection.
  for (std::size_t back = 1; back <= kRemembered; ++back) {
    const Remembered& known = (*memory_)[(next_ - back) % kRemembered];
    if (known.message == message) return known.found;
  }
  if (message.size() > kLargestRemembered || message.empty()) return search(message, scratch_);
  Remembered& place = (*memory_)[next_++ % kRemembered];
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
    case How::kPattern: {
      re2::StringPiece groups[2];
      if (pattern_->Match(message, 0, message.size(), re2::RE2::UNANCHORED, groups, 2))
        found.id = {groups[1].data(), groups[1].size()};
      break;
    }
  }
  if (!found.id.empty()) found.kind = Found::Kind::kFound;
  return found;
}

}  // namespace loadstone::ledger
