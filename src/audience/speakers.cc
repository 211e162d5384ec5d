#include "audience/speakers.h"

#include <algorithm>

#include "audience/open_schedule.h"
#include "base/format.h"
#include "ledger/header.h"

namespace loadstone::audience {

Speakers::Speakers(const Plan& plan, Clients& clients, std::uint32_t index, std::uint32_t count)
    : plan_(plan), clients_(clients), count_(count) {
  for (const Speaker& speaker : plan.speakers) {
    const std::uint32_t owner = speaker.file_path ? speaker.stream : speaker.client;
    if (owner % count != index) continue;
    all_.push_back(
        {speaker, arrivals_of(speaker.load, speaker.count, speaker.seed, {speaker.turn, speaker.turns}), {}});
  }
}

void Speakers::begin(Instant measured_from) {
  measured_from_ = measured_from;
  for (Speaking& s : all_) advance(s);
}

void Speakers::advance(Speaking& s) {
  s.next = s.arrivals.next();
  if (!s.next) (*plan_.broadcasts)[s.plan.stream].finish();
}

void Speakers::stop() {
  for (Speaking& s : all_) {
    s.next.reset();
    (*plan_.broadcasts)[s.plan.stream].finish();
  }
}

bool Speakers::is_over() const {
  return std::all_of(all_.begin(), all_.end(), [](const Speaking& s) { return !s.next; });
}

Instant Speakers::next_due() const {
  Instant next = kNever;
  for (const Speaking& s : all_)
    if (s.next) next = std::min(next, measured_from_ + s.next->due);
  return next;
}

void Speakers::dispatch(Instant now) {
  for (Speaking& s : all_)
    while (s.next && measured_from_ + s.next->due <= now) {
      speak(s, measured_from_ + s.next->due, now);
      advance(s);
    }
}

void Speakers::speak(Speaking& s, Instant due, Instant now) {
  ledger::Broadcasts& broadcasts = *plan_.broadcasts;
  const ledger::Message message{s.plan.stream, broadcasts[s.plan.stream].publish(due)};
  const std::uint64_t id = broadcasts.id(message);
  char header[ledger::kHeaderBytes];
  ledger::encode({broadcasts.run(), static_cast<std::uint16_t>(message.stream), message.sequence, due}, header);
  const std::string_view text = s.plan.text.fill(id, {header, sizeof header});
  tally_->lag.record(now - due);
  if (s.plan.file_path) {
    write_file(s, message, id, text);
    return;
  }
  Client& client = clients_[s.plan.client / count_];
  if (client.is_open())
    clients_.say(client, text);
  else
    failed(message, "the client that publishes was not connected");
}

void Speakers::write_file(Speaking& s, ledger::Message message, std::uint64_t id, std::string_view text) {
  const std::string path(s.plan.file_path->fill(id, {}));
  if (const auto written = files_.write(path, text); !written) failed(message, written.error().message);
}

void Speakers::failed(ledger::Message message, const std::string& why) {
  (*plan_.broadcasts)[message.stream].cancel(message.sequence);
  tally_->problem("publish: " + why);
}

}  // namespace loadstone::audience
