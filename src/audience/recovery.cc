#include "audience/recovery.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "base/format.h"

extern char** environ;

namespace loadstone::audience {
namespace {

using Drop = scenario::Recover::Drop;

// How long after its command has ended a service may still drop clients because of it.
constexpr Nanoseconds kAftermath = 1s;
constexpr Nanoseconds kLookAtCommand = 5ms;

}  // namespace

Recovery::Recovery(const scenario::Recover& plan, Nanoseconds patience, Clients& clients, Agenda& agenda)
    : plan_(plan), patience_(patience), clients_(clients), agenda_(agenda), followed_(clients.size()) {}

Recovery::~Recovery() {
  if (command_ == 0) return;
  ::kill(-command_, SIGKILL);
  ::waitpid(command_, nullptr, 0);
}

void Recovery::begin(Instant measured_from) {
  comebacks_.count_from(measured_from);
  next_cycle_ = measured_from + plan_.pause;
}

void Recovery::conclude(const Client& c, Instant heard) {
  const Followed& f = followed_[c.index];
  comebacks_.note({c.number, f.cycle, f.dropped, f.open, heard});
}

void Recovery::finish() {
  for (std::uint32_t i = 0; i < clients_.size(); ++i) {
    if (followed_[i].is_away || followed_[i].waits_for_message) conclude(clients_[i], kNever);
    followed_[i] = {};
  }
  away_ = unheard_ = 0;
}

Instant Recovery::next_due() const {
  if (command_ != 0 || command_ended_ != kNever) return next_look_;
  if (in_cycle_) return unheard_ > 0 ? last_back_ + patience_ : kNever;
  return is_over() ? kNever : next_cycle_;
}

void Recovery::dispatch(Instant now) {
  if (in_cycle_) {
    next_look_ = now + kLookAtCommand;
    if (command_ != 0) look_after_command(now);
    end_cycle_when_all_are_back(now);
  } else if (!is_over() && next_cycle_ <= now) {
    begin_cycle(now);
  }
}

void Recovery::begin_cycle(Instant now) {
  in_cycle_ = true;
  was_anyone_dropped_ = false;
  if (plan_.drop == Drop::kRestart) {
    start_command(now);
    return;
  }
  std::vector<Client*> open;
  for (std::uint32_t i = 0; i < clients_.size(); ++i)
    if (clients_[i].is_open() && !clients_[i].is_slow) open.push_back(&clients_[i]);
  to_drop_ = static_cast<std::uint32_t>(open.size());
  for (std::size_t i = 0; i < open.size(); ++i) {
    const auto part = plan_.at_once
                          ? Nanoseconds(0)
                          : plan_.pause * static_cast<std::int64_t>(i) / static_cast<std::int64_t>(open.size());
    agenda_.add({now + part, Deed::kDrop, open[i]->index, open[i]->use});
  }
  end_cycle_when_all_are_back(now);
}

void Recovery::drop(Client& c, Instant now) {
  if (to_drop_ > 0) --to_drop_;
  if (!c.is_open()) return;
  Followed& f = followed_[c.index];
  if (f.waits_for_message) {
    --unheard_;
    conclude(c, kNever);
  }
  f = {.is_away = true, .cycle = cycle(), .dropped = now};
  ++away_;
  was_anyone_dropped_ = true;
  ++tally_->drops;
  switch (plan_.drop) {
    case Drop::kReset:
      clients_.close(c, Clients::How::kReset, now);
      break;
    case Drop::kSilence:
      clients_.close(c, Clients::How::kForget, now);
      break;
    case Drop::kClose:
    case Drop::kRestart:
      clients_.close(c, Clients::How::kClose, now);
      break;
  }
}

bool Recovery::was_caused(const Client& c, Instant now) {
  const bool by_command = in_cycle_ && plan_.drop == Drop::kRestart;
  if (!by_command || followed_[c.index].is_away) return false;
  if (followed_[c.index].waits_for_message) {
    --unheard_;
    conclude(c, kNever);
  }
  followed_[c.index] = {.is_away = true, .cycle = cycle(), .dropped = command_began_};
  ++away_;
  was_anyone_dropped_ = true;
  ++tally_->drops;
  tally_->detected.record(now - command_began_);
  return true;
}

void Recovery::opened(Client& c, Instant now) {
  Followed& f = followed_[c.index];
  if (!f.is_away) return;
  f.is_away = false;
  f.open = now;
  f.waits_for_message = patience_ > Nanoseconds(0);
  if (!f.waits_for_message) conclude(c, kNever);
  unheard_ += f.waits_for_message ? 1 : 0;
  last_back_ = now;
  --away_;
  ++tally_->recovered;
  tally_->recovery_time.record(now - f.dropped);
}

void Recovery::heard(Client& c, Instant now) {
  Followed& f = followed_[c.index];
  if (!f.waits_for_message) return;
  f.waits_for_message = false;
  --unheard_;
  tally_->first_message.record(now - f.dropped);
  conclude(c, now);
}

// A client that is followed has lost its connection, or an attempt at a new one has failed.
void Recovery::ended(Client& c, Happenings::End end, Instant now) {
  Followed& f = followed_[c.index];
  if (f.waits_for_message) {
    --unheard_;
    conclude(c, kNever);
  }
  f.waits_for_message = false;
  if (!f.is_away) return;
  if (end != Happenings::End::kRefused) {
    f.backoff = clients_.asked_pause(c).value_or(plan_.backoff.first);
  } else {
    if (++f.attempts >= plan_.backoff.attempts) {
      tally_->problem(format("a client gave up after {} attempts to come back", f.attempts));
      conclude(c, kNever);
      f.is_away = false;
      --away_;
      return;
    }
    const double longer = static_cast<double>(f.backoff.count()) * plan_.backoff.factor;
    f.backoff = std::clamp(Nanoseconds(static_cast<std::int64_t>(longer)), Nanoseconds(10ms),
                           std::max<Nanoseconds>(plan_.backoff.longest, 10ms));
    f.backoff = std::max(f.backoff, clients_.asked_pause(c).value_or(Nanoseconds(0)));
  }
  agenda_.add({now + f.backoff, Deed::kConnect, c.index, c.use});
}

void Recovery::end_cycle_when_all_are_back(Instant now) {
  if (to_drop_ > 0 || away_ > 0 || command_ != 0) return;
  if (unheard_ > 0 && now < last_back_ + patience_) return;
  if (command_ended_ != kNever) {
    if (now < command_ended_ + kAftermath && !was_anyone_dropped_) return;
    command_ended_ = kNever;
    if (!was_anyone_dropped_) tally_->problem("recover: the command dropped nobody");
  }
  in_cycle_ = false;
  ++cycle_;
  next_cycle_ = now + plan_.pause;
}

void Recovery::start_command(Instant now) {
  std::vector<char*> words;
  for (const std::string& word : plan_.command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  command_began_ = now;
  const int error = ::posix_spawnp(&command_, words[0], &files, &attributes, words.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (error == 0) return;
  command_ = 0;
  tally_->problem(format("recover: cannot run {}: {}", plan_.command.front(), std::strerror(error)));
  command_ended_ = now - kAftermath;
}

void Recovery::look_after_command(Instant now) {
  int status = 0;
  if (::waitpid(command_, &status, WNOHANG) == 0) return;
  command_ = 0;
  command_ended_ = now;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    tally_->problem(WIFEXITED(status) ? format("recover: the command exited with code {}", WEXITSTATUS(status))
                                      : format("recover: the command was killed by signal {}", WTERMSIG(status)));
}

}  // namespace loadstone::audience
