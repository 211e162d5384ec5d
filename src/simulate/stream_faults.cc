#include "simulate/stream_faults.h"

#include "base/format.h"
#include "base/units.h"
#include "simulate/words.h"

namespace loadstone::simulate {
namespace {

// 'yes' and 'no' of a choice between two words.
WordReader either(std::string_view no, std::string_view yes, bool& into) {
  return [no, yes, &into](std::string_view v) -> Status {
    if (v != no && v != yes) return fail(ErrorCode::kInvalid, format("expected {} or {}", no, yes));
    into = v == yes;
    return {};
  };
}

WordReader whole_between(std::uint64_t low, std::uint64_t high, std::uint64_t& into) {
  return [low, high, &into](std::string_view v) -> Status {
    std::uint64_t n = 0;
    if (auto s = read_whole(v, n); !s) return s;
    if (n < low || n > high) return fail(ErrorCode::kInvalid, format("expected {} to {}", low, high));
    into = n;
    return {};
  };
}

// RFC 6455, 7.4: the codes that may stand in a close frame.
Status read_close_code(std::string_view v, std::uint16_t& into) {
  std::uint64_t n = 0;
  if (auto s = read_whole(v, n); !s) return s;
  const bool named = (n >= 1000 && n <= 1003) || (n >= 1007 && n <= 1014);
  if (!named && (n < 3000 || n > 4999))
    return fail(ErrorCode::kInvalid, "expected 1000 to 1003, 1007 to 1014 or 3000 to 4999");
  into = static_cast<std::uint16_t>(n);
  return {};
}

Status read_pointer(std::string_view v, std::string& into) {
  if (!v.starts_with('/')) return fail(ErrorCode::kInvalid, "expected a JSON pointer, such as /data/message_id");
  into = v;
  return {};
}

}  // namespace

Result<StreamFaults> parse_stream_faults(std::string_view text) {
  StreamFaults f;
  const auto every = [](std::uint64_t& into) { return [&into](std::string_view v) { return read_whole(v, into); }; };
  const auto share = [](double& into) { return [&into](std::string_view v) { return read_share(v, into); }; };
  const WordReaders readers = {
      {"drop", every(f.drop)},
      {"duplicate", every(f.duplicate)},
      {"swap", every(f.swap)},
      {"corrupt", every(f.corrupt)},
      {"corrupt_at", share(f.corrupt_at)},
      {"disconnect", every(f.disconnect)},
      {"close", share(f.close)},
      {"close_code", [&](auto v) { return read_close_code(v, f.close_code); }},
      {"reset", share(f.reset)},
      {"clients",
       [&](auto v) -> Status {
         if (auto s = read_whole(v, f.clients); !s) return s;
         if (f.clients == 0) return fail(ErrorCode::kInvalid, "expected at least 1: every so many-th client");
         return {};
       }},
      {"delay", [&](auto v) { return assign(parse_duration(v), f.delay); }},
      {"stall", [&](auto v) { return assign(parse_stall(v), f.stall); }},
      {"fragments", whole_between(1, StreamFaults::kMostFragments, f.fragments)},
      {"silent", every(f.silent)},
      {"pong", [&](auto v) { return read_yes_or_no(v, f.pong); }},
      {"refuse", every(f.refuse)},
      {"refuse_with", either("503", "reset", f.refuse_by_reset)},
      {"away", every(f.away)},
      {"subscribe", either("open", "ask", f.ask)},
      {"own",
       [&](auto v) -> Status {
         double rate = 0;
         if (auto s = assign(parse_rate(v), rate); !s) return s;
         if (rate > StreamFaults::kMostOwn) return fail(ErrorCode::kInvalid, "at most 100k/s");
         f.own_rate = rate;
         return {};
       }},
      {"replay", [&](auto v) { return read_yes_or_no(v, f.replay); }},
      {"retry", [&](auto v) { return assign(parse_duration(v), f.retry); }},
      {"id", [&](auto v) { return read_pointer(v, f.id); }},
  };
  if (auto s = read_words(split_words(text), 0, readers, "the stream faults"); !s) return fail(s.error());
  if (f.close + f.reset > 1)
    return fail(ErrorCode::kInvalid, "the stream faults: the shares of close and reset add up to more than 100%");
  return f;
}

}  // namespace loadstone::simulate
