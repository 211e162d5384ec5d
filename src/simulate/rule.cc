#include "simulate/rule.h"

#include <cmath>

#include "base/format.h"
#include "base/units.h"
#include "simulate/words.h"

namespace loadstone::simulate {
namespace {

Status read_errors(std::string_view text, std::vector<ErrorShare>& into) {
  std::vector<ErrorShare> all;
  for (;;) {
    const auto comma = text.find(',');
    const std::string_view one = text.substr(0, comma);
    const auto colon = one.find(':');
    ErrorShare e;
    if (auto s = read_share(one.substr(0, colon), e.share); !s) return s;
    if (colon != std::string_view::npos) {
      const auto status = parse_count(one.substr(colon + 1));
      if (!status || *status != std::floor(*status) || *status < 200 || *status > 599)
        return fail(ErrorCode::kInvalid, format("'{}' is not a status from 200 to 599", one.substr(colon + 1)));
      e.status = static_cast<int>(*status);
    }
    all.push_back(e);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  into = std::move(all);
  return {};
}

}  // namespace

bool glob_matches(std::string_view glob, std::string_view text) {
  std::size_t g = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      resume = t;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t])) {
      ++g;
      ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

Result<Stall> parse_stall(std::string_view text) {
  const auto slash = text.find('/');
  const auto length = parse_duration(text.substr(0, slash));
  const auto every =
      slash == std::string_view::npos ? Result<Nanoseconds>(Nanoseconds(0)) : parse_duration(text.substr(slash + 1));
  if (slash == std::string_view::npos || !length || !every || length->count() <= 0 || every->count() <= 0)
    return fail(
        ErrorCode::kInvalid,
        format("'{}' is not a stall: expected its length, and the service before each, such as 200ms/2s", text));
  return Stall{*length, *every};
}

Result<Rule> parse_rule(std::string_view text) {
  const auto all = split_words(text);
  if (all.empty() || (all[0].front() != '/' && all[0].front() != '*'))
    return fail(ErrorCode::kInvalid,
                format("'{}' is not a rule: expected a path first, such as '/api/* latency=exp:5ms'", text));
  Rule rule;
  rule.paths = all[0];
  const WordReaders readers = {
      {"latency", [&](auto v) { return assign(parse_latency(v), rule.latency); }},
      {"busy", [&](auto v) { return assign(parse_latency(v), rule.busy); }},
      {"stall", [&](auto v) { return assign(parse_stall(v), rule.stall); }},
      {"error", [&](auto v) { return read_errors(v, rule.errors); }},
      {"reset", [&](auto v) { return read_share(v, rule.reset); }},
      {"close", [&](auto v) { return read_share(v, rule.close); }},
      {"half", [&](auto v) { return read_share(v, rule.half); }},
      {"silent", [&](auto v) { return read_share(v, rule.silent); }},
      {"body",
       [&](auto v) -> Status {
         double bytes = 0;
         if (auto s = assign(parse_bytes(v), bytes); !s) return s;
         if (bytes > double{1 << 30}) return fail(ErrorCode::kInvalid, "at most 1GiB");
         rule.body_bytes = static_cast<std::size_t>(bytes);
         return {};
       }},
      {"body_rate", [&](auto v) { return assign(parse_quantity(v, Unit::kBytesPerSecond), rule.body_rate); }},
      {"body_end",
       [&](auto v) -> Status {
         if (v == "length")
           rule.body_end = BodyEnd::kLength;
         else if (v == "chunked")
           rule.body_end = BodyEnd::kChunked;
         else if (v == "close")
           rule.body_end = BodyEnd::kClose;
         else
           return fail(ErrorCode::kInvalid, "expected length, chunked or close");
         return {};
       }},
      {"deflate",
       [&](auto v) -> Status {
         if (v == "yes")
           rule.deflate = Deflate::kYes;
         else if (v == "no")
           rule.deflate = Deflate::kNo;
         else if (v == "no_context")
           rule.deflate = Deflate::kNoContext;
         else
           return fail(ErrorCode::kInvalid, "expected yes, no or no_context");
         return {};
       }},
      {"at_once", [&](auto v) { return read_whole(v, rule.at_once); }},
      {"queue",
       [&](auto v) -> Status {
         if (auto s = read_whole(v, rule.queue); !s) return s;
         if (rule.queue > Rule::kQueueBound)
           return fail(ErrorCode::kInvalid, format("at most {}", show_count(Rule::kQueueBound)));
         return {};
       }},
  };
  if (auto s = read_words(all, 1, readers, format("the rule for {}", rule.paths)); !s) return fail(s.error());
  double shares = rule.reset + rule.close + rule.half + rule.silent;
  for (const auto& e : rule.errors) shares += e.share;
  if (shares > 1 + 1e-9)
    return fail(ErrorCode::kInvalid, format("the rule for {}: the shares of error, reset, close, half and silent "
                                            "add up to {}, more than 100%",
                                            rule.paths, show_quantity(shares, Unit::kRatio)));
  return rule;
}

}  // namespace loadstone::simulate
