#include "simulate/rule.h"

#include <cmath>
#include <functional>
#include <map>

#include "base/format.h"
#include "base/units.h"

namespace loadstone::simulate {
namespace {

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> all;
  while (!text.empty()) {
    const auto begin = text.find_first_not_of(" \t\n");
    if (begin == std::string_view::npos) break;
    text.remove_prefix(begin);
    const auto end = std::min(text.find_first_of(" \t\n"), text.size());
    all.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return all;
}

// Readers of one value each. They leave the target alone when they fail.
Status read_share(std::string_view text, double& into) {
  const auto r = parse_ratio(text);
  if (!r) return fail(r.error());
  if (*r > 1) return fail(ErrorCode::kInvalid, "a share is at most 100%");
  into = *r;
  return {};
}

Status read_whole(std::string_view text, std::uint64_t& into) {
  const auto n = parse_count(text);
  if (!n) return fail(n.error());
  if (*n != std::floor(*n) || *n > 1e15) return fail(ErrorCode::kInvalid, "expected a whole number");
  into = static_cast<std::uint64_t>(*n);
  return {};
}

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

// key=value words, each read by the function of its key. `what` names the whole in messages.
using Readers = std::map<std::string_view, std::function<Status(std::string_view)>>;
Status read_words(const std::vector<std::string_view>& all, std::size_t first, const Readers& readers,
                  std::string_view what) {
  std::vector<std::string_view> seen;
  for (std::size_t i = first; i < all.size(); ++i) {
    const auto equals = all[i].find('=');
    if (equals == std::string_view::npos)
      return fail(ErrorCode::kInvalid, format("'{}' in {}: expected key=value", all[i], what));
    const std::string_view key = all[i].substr(0, equals);
    const auto reader = readers.find(key);
    if (reader == readers.end()) {
      std::vector<std::string_view> keys;
      std::string list;
      for (const auto& [name, unused] : readers) {
        keys.push_back(name);
        list += list.empty() ? std::string(name) : ", " + std::string(name);
      }
      const auto near = nearest_word(key, keys);
      return fail(ErrorCode::kInvalid, format("'{}' is not a key of {}{}; there are {}", key, what,
                                              near.empty() ? "" : format(" (did you mean {}?)", near), list));
    }
    for (const auto& before : seen)
      if (before == key) return fail(ErrorCode::kInvalid, format("'{}' is given twice in {}", key, what));
    seen.push_back(key);
    if (const auto status = reader->second(all[i].substr(equals + 1)); !status)
      return fail(status.error().within(format("'{}' in {}", all[i], what)));
  }
  return {};
}

template <class T>
Status assign(Result<T> value, T& into) {
  if (!value) return fail(value.error());
  into = std::move(*value);
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
  const auto all = words(text);
  if (all.empty() || (all[0].front() != '/' && all[0].front() != '*'))
    return fail(ErrorCode::kInvalid,
                format("'{}' is not a rule: expected a path first, such as '/api/* latency=exp:5ms'", text));
  Rule rule;
  rule.paths = all[0];
  const Readers readers = {
      {"latency", [&](auto v) { return assign(parse_latency(v), rule.latency); }},
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

Result<StreamFaults> parse_stream_faults(std::string_view text) {
  StreamFaults f;
  const auto every = [](std::uint64_t& into) { return [&into](std::string_view v) { return read_whole(v, into); }; };
  const Readers readers = {
      {"drop", every(f.drop)},
      {"duplicate", every(f.duplicate)},
      {"swap", every(f.swap)},
      {"corrupt", every(f.corrupt)},
      {"disconnect", every(f.disconnect)},
      {"silent", every(f.silent)},
      {"clients",
       [&](auto v) -> Status {
         if (auto s = read_whole(v, f.clients); !s) return s;
         if (f.clients == 0) return fail(ErrorCode::kInvalid, "expected at least 1: every so many-th client");
         return {};
       }},
      {"delay", [&](auto v) { return assign(parse_duration(v), f.delay); }},
      {"pong",
       [&](auto v) -> Status {
         if (v != "yes" && v != "no") return fail(ErrorCode::kInvalid, "expected yes or no");
         f.pong = v == "yes";
         return {};
       }},
  };
  if (auto s = read_words(words(text), 0, readers, "the stream faults"); !s) return fail(s.error());
  return f;
}

}  // namespace loadstone::simulate
