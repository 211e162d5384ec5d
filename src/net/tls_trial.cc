#include "net/tls_trial.h"

#include <cerrno>
#include <cstring>

#include "base/format.h"
#include "base/units.h"
#include "net/tls_reactor.h"

namespace loadstone::net {
namespace {

// With an empty request the handshake is all.
Result<std::string> attempt(const Address& to, const TlsOptions& options, std::string_view request,
                            Nanoseconds timeout) {
  auto terms = TlsTerms::make(options);
  if (!terms) return fail(terms.error());
  auto plain = make_reactor(ReactorKind::kEpoll, 1);
  if (!plain) return fail(plain.error());
  const SteadyClock clock;
  TlsReactor reactor(**plain, **terms, clock);
  const Instant end = clock.now() + timeout;
  const auto socket = reactor.connect(to, nullptr);
  if (!socket) return fail(ErrorCode::kLimit, format("{}: {}", to.text(), std::strerror(-socket.error())));
  const auto ended = [&](ErrorCode code, std::string_view why) { return fail(code, format("{}: {}", to.text(), why)); };
  std::string answer;
  while (clock.now() < end) {
    for (const Completion& c : reactor.wait(end)) {
      if (c.result < 0) {
        const bool in_vain = c.kind == Completion::Kind::kConnected && c.result == -EPROTO;
        return ended(in_vain ? ErrorCode::kInvalid : ErrorCode::kUnavailable, reactor.reason(*socket, -c.result));
      }
      if (c.kind == Completion::Kind::kConnected && !request.empty()) {
        reactor.send(*socket, request);
        continue;
      }
      if (c.kind == Completion::Kind::kSent) continue;
      answer.append(c.bytes, static_cast<std::size_t>(c.result));
      const bool is_over = request.empty() || answer.find('\n') != std::string::npos || answer.size() > kMaxTrialLine;
      if (!is_over && c.result == 0)
        return ended(ErrorCode::kUnavailable, "it closed the connection without an answer");
      if (!is_over) continue;
      reactor.close(*socket, Reactor::How::kGraceful);
      return answer.substr(0, answer.find_first_of("\r\n"));
    }
  }
  if (reactor.handshake(*socket) != nullptr) return ended(ErrorCode::kUnavailable, "no answer in time");
  return ended(ErrorCode::kUnavailable,
               format("{} after {}", reactor.reason(*socket, ETIMEDOUT), show_duration(timeout)));
}

}  // namespace

Status try_handshake(const Address& to, const TlsOptions& options, Nanoseconds timeout) {
  const auto tried = attempt(to, options, {}, timeout);
  if (!tried) return fail(tried.error());
  return {};
}

Result<std::string> try_request(const Address& to, const TlsOptions& options, std::string_view request,
                                Nanoseconds timeout) {
  return attempt(to, options, request, timeout);
}

}  // namespace loadstone::net
