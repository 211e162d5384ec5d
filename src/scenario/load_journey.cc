#include <algorithm>
#include <filesystem>

#include "base/format.h"
#include "scenario/load_parts.h"

namespace loadstone::scenario {
namespace {

using config::Kind;
using journey::Script;
using journey::Vocabulary;

// Reports every {{word}} in a node that means nothing at its place.
void check_words(const config::Node& node, const Vocabulary& vocabulary, config::Diagnostics& problems) {
  for (const config::Node& item : node.items) check_words(item, vocabulary, problems);
  for (const config::Entry& e : node.entries) check_words(e.value, vocabulary, problems);
  const std::string_view text = node.text;
  for (std::size_t at = text.find("{{"); at != std::string_view::npos; at = text.find("{{", at + 2)) {
    const std::size_t end = text.find("}}", at);
    if (end == std::string_view::npos) return;
    const auto read = journey::Template::parse(text.substr(at, end + 2 - at), vocabulary);
    if (!read) problems.error(node.part(at, end + 2 - at), read.error().message);
  }
}

// "status == 200", "body contains TEXT", "/nodes exists", "header Location matches ^/".
void read_step_check(const config::Node& node, const Vocabulary& vocabulary, Check& check, journey::Step& step,
                     config::Diagnostics& problems) {
  const auto text = scalar(node, "check", problems);
  if (!text || add_check(*text, check)) return;
  auto expectation = read_expectation(node, "check", vocabulary, problems);
  if (!expectation) return;
  if (step.speech) check_is_of_message(expectation->what, "check", node.span, problems);
  step.checks.push_back(std::move(*expectation));
}

void read_checks(const config::Entry* entry, const Vocabulary& vocabulary, Check& check, journey::Step& step,
                 config::Diagnostics& problems) {
  if (entry == nullptr) return;
  check = {};
  if (entry->value.kind == Kind::kSequence)
    for (const config::Node& item : entry->value.items) read_step_check(item, vocabulary, check, step, problems);
  else
    read_step_check(entry->value, vocabulary, check, step, problems);
}

void read_extraction(const config::Entry& e, Vocabulary& vocabulary, journey::Step& step,
                     config::Diagnostics& problems) {
  if (!Vocabulary::is_name(e.key)) {
    problems.error(e.key_span, "extract: a name begins with a letter, and holds letters, digits and _");
    return;
  }
  if (vocabulary.is_taken(e.key)) {
    problems.error(e.key_span, format("extract: {} is a word already; take another name", config::quoted(e.key)));
    return;
  }
  journey::Extraction extraction;
  extraction.name = e.key;
  std::optional<journey::Lookup> from;
  if (e.value.kind == Kind::kMap) {
    Fields fields(e.value, "extract", problems);
    from = fields.value<journey::Lookup>("from", journey::Lookup::parse);
    extraction.otherwise = fields.text("otherwise");
    fields.require("from", "extract: from where? give `from: /a/json/pointer`");
    fields.finish();
  } else {
    from = read_scalar<journey::Lookup>(e.value, "extract", journey::Lookup::parse, problems);
  }
  extraction.slot = vocabulary.add_variable(e.key);  // known in any case: later steps shall not be blamed
  if (!from) return;
  if (step.speech) check_is_of_message(*from, "extract", e.value.span, problems);
  extraction.from = std::move(*from);
  step.extractions.push_back(std::move(extraction));
}

// "role == admin", "{{role}} exists"
void read_condition(const config::Entry& entry, const Vocabulary& vocabulary, journey::Step& step,
                    config::Diagnostics& problems) {
  const auto text = scalar(entry.value, "if", problems);
  if (!text) return;
  const std::size_t blank = std::min(text->find(' '), text->size());
  const std::string_view name = text->substr(0, blank);
  auto value =
      journey::Template::parse(name.starts_with("{{") ? std::string(name) : format("{{{{{}}}}}", name), vocabulary);
  if (!value || value->is_literal()) {
    problems.error(entry.value.span, value ? "if: expected a name and what must hold of it, such as 'role == admin'"
                                           : "if: " + value.error().message);
    return;
  }
  auto comparison = journey::Comparison::parse(text->substr(blank), vocabulary);
  if (!comparison) {
    problems.error(entry.value.span, "if: " + comparison.error().message);
    return;
  }
  step.condition = {std::move(*value), std::move(*comparison)};
}

Result<std::uint32_t> parse_repeat(std::string_view text) {
  const auto count = parse_request_count(text);
  if (!count) return fail(count.error());
  if (*count > Script::kMaxRepeat)
    return fail(ErrorCode::kInvalid, format("may be at most {}", show_count(Script::kMaxRepeat)));
  return static_cast<std::uint32_t>(*count);
}

// A "GET /path" alone stands for a mapping with this one key.
config::Node as_mapping(const config::Node& node) {
  if (node.kind != Kind::kScalar) return node;
  config::Node map;
  map.kind = Kind::kMap;
  map.span = node.span;
  map.entries.push_back({"request", node.span, node});
  return map;
}

class JourneyReader {
 public:
  JourneyReader(const JourneyPlace& place, HttpLoad& http, Reading& reading)
      : place_(place), http_(http), reading_(reading), problems_(reading.problems) {
    place_.request.is_step = true;
    place_.request.placeholders = Placeholders::kJourney;
  }

  void read(Fields& fields) {
    const config::Entry* steps = fields.entry("steps");
    const config::Entry* journeys = fields.entry("journeys");
    if (steps != nullptr && journeys != nullptr)
      problems_.error(steps->key_span, "steps and journeys exclude each other: a journey has its own steps");
    read_data(fields);
    script_.keeps_cookies = fields.boolean("cookies").value_or(false);
    script_.most_redirects = fields.value<int>("redirects", parse_redirects).value_or(0);
    if (steps != nullptr) {
      add("journey", 1, steps->value);
    } else if (journeys->value.kind != Kind::kSequence || journeys->value.items.empty()) {
      problems_.error(journeys->value.span, "journeys: expected a list such as [{name: buy, weight: 1, steps: [...]}]");
    } else if (journeys->value.items.size() > Script::kMaxJourneys) {
      problems_.error(journeys->key_span, format("more than {} journeys", Script::kMaxJourneys));
    } else {
      for (const config::Node& item : journeys->value.items) read_journey(item);
    }
    // What all steps share may hold whatever any step sets.
    for (const std::string& name : all_names_) static_cast<void>(script_.vocabulary.add_variable(name));
    for (const std::string_view key : {"headers", "auth"})
      if (const auto* shared = fields.find(key)) check_words(shared->value, script_.vocabulary, problems_);
    http_.script = std::make_shared<const Script>(std::move(script_));
  }

 private:
  static Result<int> parse_redirects(std::string_view text) {
    const auto count = parse_count(text);
    if (!count) return fail(count.error());
    if (*count != static_cast<int>(*count) || *count < 0 || *count > Script::kMaxRedirects)
      return fail(ErrorCode::kInvalid, format("must be a whole number from 0 to {}", Script::kMaxRedirects));
    return static_cast<int>(*count);
  }
  static Result<journey::RowOrder> parse_order(std::string_view text) {
    if (text == "sequential") return journey::RowOrder::kSequential;
    if (text == "random") return journey::RowOrder::kRandom;
    if (text == "per_user") return journey::RowOrder::kPerUser;
    return fail(ErrorCode::kInvalid, "expected sequential, random or per_user");
  }

  void read_data(Fields& fields) {
    const config::Entry* data = fields.entry("data");
    if (data == nullptr) return;
    if (data->value.kind != Kind::kMap) {
      problems_.error(data->value.span, "data: expected a mapping of names to files, such as {users: users.csv}");
      return;
    }
    for (const config::Entry& e : data->value.entries) read_file(e);
  }

  void read_file(const config::Entry& e) {
    if (!Vocabulary::is_name(e.key) || script_.vocabulary.is_taken(e.key)) {
      problems_.error(e.key_span, format("data: {} cannot be the name of a file: a name begins with a letter, holds "
                                         "letters, digits and _, and is no word of loadstone's own",
                                         config::quoted(e.key)));
      return;
    }
    journey::TableUse use;
    use.name = e.key;
    std::optional<std::string> file;
    const config::Node* file_node = &e.value;
    if (e.value.kind == Kind::kMap) {
      Fields own(e.value, "data", problems_);
      file = own.text("file");
      use.order = own.value<journey::RowOrder>("rows", parse_order).value_or(use.order);
      own.require("file", "data: which file? give `file: users.csv`");
      own.finish();
      if (file) file_node = &own.find("file")->value;
      if (use.order == journey::RowOrder::kPerUser && !place_.most_users)
        problems_.error(own.find("rows")->value.span, "per_user needs users: at a rate every journey is a new user's");
    } else if (const auto text = scalar(e.value, "data", problems_)) {
      file = *text;
    }
    if (!file) return;
    auto read = journey::read_table((std::filesystem::path(reading_.folder) / *file).string());
    if (!read.table) {
      problems_.error(file_node->span, "data: the file cannot be read; its mistakes are shown apart");
      reading_.other_problems += read.problems;
      script_.vocabulary.add_file(use.name, nullptr);
      return;
    }
    use.table = std::make_shared<const journey::Table>(std::move(*read.table));
    if (use.order == journey::RowOrder::kPerUser && place_.most_users &&
        static_cast<std::size_t>(*place_.most_users) > use.table->rows())
      problems_.error(file_node->span,
                      format("per_user: {} users, but {} rows", *place_.most_users, use.table->rows()));
    script_.vocabulary.add_file(use.name, use.table);
    script_.data.push_back(std::move(use));
  }

  void read_journey(const config::Node& node) {
    Fields fields(node, "a journey", problems_);
    const auto name = fields.text("name");
    const auto weight = fields.value<double>("weight", [](std::string_view text) -> Result<double> {
      const auto number = parse_count(text);
      if (number && (*number <= 0 || *number > 1e6))
        return fail(ErrorCode::kInvalid, "must be above 0 and at most 1000000");
      return number;
    });
    const config::Entry* steps = fields.entry("steps");
    fields.require("name", "the journey has no `name:`");
    fields.require("steps", "the journey has no `steps:`");
    fields.finish();
    if (name && std::any_of(script_.journeys.begin(), script_.journeys.end(),
                            [&](const journey::Journey& j) { return j.name == *name; }))
      problems_.error(fields.find("name")->value.span, format("two journeys are named {}", config::quoted(*name)));
    if (steps != nullptr) add(name.value_or(""), weight.value_or(1), steps->value);
  }

  void add(const std::string& name, double weight, const config::Node& steps) {
    if (steps.kind != Kind::kSequence || steps.items.empty()) {
      problems_.error(steps.span,
                      "steps: expected a list such as [GET /one, {request: GET /two, check: status == 200}]");
      return;
    }
    if (http_.requests.size() + steps.items.size() > kMaxRequests) {
      problems_.error(steps.span, format("more than {} steps", kMaxRequests));
      return;
    }
    script_.vocabulary.forget_variables();
    opened_.clear();
    journey::Journey journey{name, weight, {}};
    for (const config::Node& item : steps.items) journey.steps.push_back(read_step(as_mapping(item)));
    script_.journeys.push_back(std::move(journey));
  }

  // What a step closes, an earlier one of the journey must have opened.
  void find_opening(const Fields& fields, const Request& request, const journey::Speech& speech) {
    if (!speech.closes)
      opened_.push_back(request.target);
    else if (std::find(opened_.begin(), opened_.end(), request.target) == opened_.end())
      problems_.error(fields.find("websocket")->value.span,
                      "no step before this opens a WebSocket with the same path, so there is none to close");
  }

  journey::Step read_step(const config::Node& node) {
    const Vocabulary& vocabulary = script_.vocabulary;
    Fields fields(node, "a step", problems_);
    journey::Step step;
    step.request = static_cast<std::uint32_t>(http_.requests.size());
    const bool speaks = fields.entry("websocket") != nullptr;
    Request request = speaks ? read_opening_fields(fields, place_.request, reading_)
                             : read_request_fields(fields, node, place_.request, reading_);
    // What is extracted from an answer can be put only into later requests.
    for (const std::string_view key :
         {"request", "path", "websocket", "query", "headers", "body", "json", "send", "auth"})
      if (const auto* e = fields.find(key)) check_words(e->value, vocabulary, problems_);
    if (speaks) {
      step.speech = read_speech(fields, vocabulary, request, problems_);
      find_opening(fields, request, *step.speech);
    } else {
      refuse_speech(fields);
    }
    if (const auto* condition = fields.entry("if")) read_condition(*condition, vocabulary, step, problems_);
    if (const auto* extract = fields.entry("extract")) {
      if (extract->value.kind != Kind::kMap)
        problems_.error(extract->value.span, "extract: expected a mapping, such as {node: /results/0/id}");
      for (const config::Entry& e : extract->value.entries) {
        read_extraction(e, script_.vocabulary, step, problems_);
        if (Vocabulary::is_name(e.key)) all_names_.push_back(e.key);
      }
    }
    read_checks(fields.entry("check"), vocabulary, request.check, step, problems_);
    step.think = fields.value<Nanoseconds>("think", parse_any_duration).value_or(place_.think);
    step.repeat = fields.value<std::uint32_t>("repeat", parse_repeat).value_or(1);
    fields.finish();
    const auto same = [&](const Request& r) { return r.name == request.name; };
    if (std::any_of(http_.requests.begin(), http_.requests.end(), same))
      problems_.error(node.span, format("two steps are named {}", config::quoted(request.name)),
                      "give each a `name:` of its own");
    http_.requests.push_back(std::move(request));
    return step;
  }

  JourneyPlace place_;
  HttpLoad& http_;
  Reading& reading_;
  config::Diagnostics& problems_;
  Script script_;
  std::vector<std::string> all_names_;
  std::vector<std::string> opened_;  // WebSockets of this journey
};

}  // namespace

bool has_journeys(const Fields& fields) {
  return fields.find("steps") != nullptr || fields.find("journeys") != nullptr;
}

void read_journeys(Fields& fields, const JourneyPlace& place, HttpLoad& http, Reading& reading) {
  for (const std::string_view key : {"request", "requests"})
    if (const auto* e = fields.entry(key))
      reading.problems.error(e->key_span, format("{} and {} exclude each other", key,
                                                 fields.find("steps") != nullptr ? "steps" : "journeys"));
  if (const auto* e = fields.entry("concurrency"))
    reading.problems.error(e->key_span, "who goes on journeys is counted by `users`, not by concurrency");
  JourneyReader(place, http, reading).read(fields);
}

}  // namespace loadstone::scenario
