#include "audience/hearing.h"

#include <charconv>
#include <chrono>
#include <functional>

#include "base/check.h"

namespace loadstone::audience {
namespace {

using FoundKind = ledger::Found::Kind;

ledger::Identity identity_of(const scenario::Match& match) {
  auto identity = make_identity(match);
  CHECK(identity.has_value());  // was made once before, when the plan was
  return std::move(*identity);
}

Nanoseconds wall_to_steady() {
  const auto wall = std::chrono::duration_cast<Nanoseconds>(std::chrono::system_clock::now().time_since_epoch());
  return SteadyClock::read().time_since_epoch() - wall;
}

}  // namespace

Hearing::Hearing(const Plan& plan, std::uint32_t index, std::uint32_t count)
    : plan_(plan),
      identity_(identity_of(*plan.match)),
      ledger_(*plan.broadcasts, listeners(plan, index, count), plan.drain, plan.clients),
      wall_to_steady_(wall_to_steady()) {}

std::vector<ledger::Listener> Hearing::listeners(const Plan& plan, std::uint32_t index, std::uint32_t count) {
  std::vector<ledger::Listener> all;
  for (std::uint32_t number = index; number < plan.clients; number += count)
    all.push_back({number, plan.kind_of(number).hears});
  return all;
}

void Hearing::heard(const Client& client, std::string_view text, Instant now) {
  const ledger::Found found = identity_.find(text);
  if (found.kind == FoundKind::kDamaged) {
    ledger_.damaged(client.index, now);
    return;
  }
  if (found.kind == FoundKind::kNone) {
    if (plan_.match->identical) ledger_.damaged(client.index, now);
    return;  // some other message of the service's
  }
  ledger::Message message;
  if (plan_.service_speaks) {
    message.sequence = plan_.broadcasts->learn(found.id, due_of(found, now));
  } else if (plan_.match->how == scenario::Match::How::kHeader) {
    message = {found.header.publisher, found.header.sequence};
    const bool is_ours = found.header.run == plan_.broadcasts->run() && message.stream < plan_.broadcasts->streams() &&
                         message.sequence < (*plan_.broadcasts)[message.stream].published();
    if (!is_ours) {
      ledger_.foreign(client.index);
      return;
    }
  } else {
    std::uint64_t id = 0;
    const auto [end, error] = std::from_chars(found.id.data(), found.id.data() + found.id.size(), id);
    if (error != std::errc() || end != found.id.data() + found.id.size() ||
        !plan_.broadcasts->message_of(id, message)) {
      unknown(client, now);
      return;
    }
  }
  std::uint64_t fingerprint = 0;
  if (plan_.match->identical) fingerprint = std::hash<std::string_view>{}(text) | 1;
  ledger_.received(client.index, message, now, fingerprint);
}

void Hearing::unknown(const Client& client, Instant now) {
  if (plan_.match->identical)
    ledger_.damaged(client.index, now);
  else
    ledger_.foreign(client.index);
}

Instant Hearing::due_of(const ledger::Found& found, Instant now) const {
  if (!found.wall_time) return now;  // the first who hears it tells when it was there
  return std::min(now, Instant(*found.wall_time + wall_to_steady_));
}

}  // namespace loadstone::audience
