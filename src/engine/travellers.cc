#include "engine/travellers.h"

#include <algorithm>
#include <chrono>

#include "base/ascii.h"
#include "base/format.h"
#include "base/units.h"
#include "journey/excerpt.h"
#include "journey/redirect.h"

namespace loadstone::engine {
namespace {

using Form = ScriptedRequest::Form;

double wall_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// "status == 200, 300-399"
std::string status_text(const scenario::Check& check) {
  if (check.status.empty()) return "check 'status == 200-399'";
  std::string ranges;
  for (const auto& r : check.status)
    ranges += format("{}{}{}", ranges.empty() ? "" : ", ", r.low, r.low == r.high ? "" : format("-{}", r.high));
  return format("check 'status == {}'", ranges);
}

}  // namespace

Travellers::Travellers(const Plan& plan)
    : plan_(plan), script_(*plan.script), host_{lower(plan.origin.host), plan.origin.is_secure()} {}

std::uint32_t Travellers::add(Random random) {
  all_.emplace_back(script_, random);
  return static_cast<std::uint32_t>(all_.size() - 1);
}

void Travellers::depart(std::uint32_t who, const Departure& departure) {
  Traveller& t = all_[who];
  t.cookies.clear();
  t.form = Form::kAsWritten;
  t.redirects = 0;
  t.pause = Nanoseconds(0);
  const std::uint32_t journey = script_.journeys.size() == 1 ? 0 : script_.pick(t.random.uniform());
  t.walk.begin({journey, departure.turn, departure.unique, departure.user}, t.random);
}

void Travellers::depart(std::uint32_t who, const Departure& departure, Random random) {
  all_[who].random = random;
  depart(who, departure);
}

std::string Travellers::target(const Traveller& t, const Exchange& exchange) {
  if (t.form != Form::kAsWritten) return t.elsewhere;
  Random same = t.random;  // a look at what is sent must not change what is drawn
  return plan_.steps[exchange.step].scripted->target(t.walk.values(exchange.number, same));
}

Writing Travellers::write(const Exchange& exchange, Instant now) {
  Traveller& t = all_[exchange.user];
  const ScriptedRequest& request = *plan_.steps[exchange.step].scripted;
  const std::string cookies = t.cookies.empty() ? "" : t.cookies.for_target(target(t, exchange), now);
  request.fill(texts_, t.walk.values(exchange.number, t.random), t.elsewhere, cookies);
  return {request.prepared(t.form, !cookies.empty()), {exchange.number, {}, texts_}};
}

std::string Travellers::destination(const Exchange& exchange) {
  Traveller& t = all_[exchange.user];
  return plan_.steps[exchange.step].spoken->target(t.walk.values(exchange.number, t.random));
}

websocket::SessionPlan Travellers::opening(const Exchange& exchange, const std::string& destination, Instant now) {
  Traveller& t = all_[exchange.user];
  const std::string cookies = t.cookies.empty() ? "" : t.cookies.for_target(destination, now);
  return plan_.steps[exchange.step].spoken->opening(t.walk.values(exchange.number, t.random), destination, cookies);
}

std::string Travellers::message(const Exchange& exchange) {
  Traveller& t = all_[exchange.user];
  return plan_.steps[exchange.step].spoken->message(t.walk.values(exchange.number, t.random));
}

bool Travellers::awaits(const Exchange& exchange, std::string_view message) {
  Traveller& t = all_[exchange.user];
  journey::Answer answer;
  answer.body = message;
  return t.walk.awaits(answer, exchange.number, t.random);
}

std::string Travellers::in_vain(std::uint32_t who, std::uint64_t messages, std::string_view last) const {
  const std::uint64_t user = all_[who].walk.user();
  if (messages == 0) return format("user {}: no message came", user);
  const std::string many = messages == 1 ? "1 other message" : format("{} other messages", show_count(messages));
  return format("user {}: {} came, the last: {}", user, many, journey::excerpt(last, plan_.secrets));
}

Judgement Travellers::judge(const Exchange& exchange, const journey::Answer& answer, Outcome so_far, Instant now) {
  Traveller& t = all_[exchange.user];
  if (script_.keeps_cookies && journey::find_field(answer.fields, "set-cookie"))
    t.cookies.take(answer, target(t, exchange), host_, now, wall_time());
  if (script_.most_redirects > 0)
    if (auto followed = follow(t, exchange, answer)) return std::move(*followed);
  t.pause = t.walk.step()->think;
  t.form = Form::kAsWritten;
  t.redirects = 0;
  if (so_far != Outcome::kOk) {
    t.walk.give_up();
    return wanting(t, so_far, plain_failure(exchange, so_far, answer), answer);
  }
  if (const auto failure = t.walk.take(answer, exchange.number, t.random))
    return wanting(t, Outcome::kCheck, *failure, answer);
  return {};
}

std::optional<Judgement> Travellers::follow(Traveller& t, const Exchange& exchange, const journey::Answer& answer) {
  if (!journey::is_redirect(answer.status)) return std::nullopt;
  const auto location = journey::find_field(answer.fields, "location");
  if (!location) return std::nullopt;
  const auto fails = [&](std::string expectation) {
    t.pause = t.walk.step()->think;
    t.walk.give_up();
    return wanting(t, Outcome::kCheck, {std::move(expectation), std::string(*location)}, answer);
  };
  if (t.redirects == script_.most_redirects)
    return fails(
        format("at most {} {}", script_.most_redirects, script_.most_redirects == 1 ? "redirect" : "redirects"));
  auto leads_to = journey::resolve_location(*location, target(t, exchange), plan_.origin);
  if (!leads_to) return fails(plan_.secrets.hide(leads_to.error().message));
  const bool is_get =
      t.form == Form::kGet || journey::becomes_get(answer.status, plan_.steps[exchange.step].scripted->method());
  t.form = is_get ? Form::kGet : Form::kElsewhere;
  t.elsewhere = std::move(*leads_to);
  ++t.redirects;
  t.pause = Nanoseconds(0);
  return Judgement{};
}

// Which of the checks that every request can have it was.
journey::Failure Travellers::plain_failure(const Exchange& exchange, Outcome outcome,
                                           const journey::Answer& answer) const {
  const scenario::Check& check = plan_.steps[exchange.step].check;
  if (outcome == Outcome::kStatus) return {status_text(check), std::to_string(answer.status)};
  if (!answer.body_problem.empty()) return {"a body that can be decoded", std::string(answer.body_problem)};
  for (const std::string& text : check.body_contains)
    if (answer.body.find(text) == std::string_view::npos)
      return {format("check 'body contains {}'", text), std::nullopt};
  return {"check", std::nullopt};
}

Judgement Travellers::wanting(const Traveller& t, Outcome outcome, const journey::Failure& failure,
                              const journey::Answer& answer) const {
  return {outcome, plan_.secrets.hide(failure.expectation),
          format("user {}: {}", t.walk.user(), journey::excerpt(failure, answer, plan_.secrets))};
}

void Travellers::give_up(std::uint32_t who) {
  Traveller& t = all_[who];
  if (t.walk.step() == nullptr) return;
  t.pause = t.walk.step()->think;
  t.walk.give_up();
}

}  // namespace loadstone::engine
