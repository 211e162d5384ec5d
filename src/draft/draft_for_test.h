// A text to a draft to a suite, and whether the real loader takes that suite.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/check.h"
#include "draft/read.h"
#include "draft/suite_text.h"
#include "scenario/load.h"

namespace loadstone::draft {

struct Drafted {
  std::optional<Draft> draft;
  std::string problems;  // empty if there is a draft
  std::string suite;     // empty if there is none
};

[[nodiscard]] inline Drafted drafted(std::string_view text, std::optional<Form> form = {}, Choices choices = {}) {
  if (choices.name.empty()) choices.name = "input";
  if (choices.body_prefix.empty()) choices.body_prefix = "shop";
  const auto source = std::make_shared<const config::Source>(choices.name, text);
  config::Diagnostics problems(source);
  Drafted d;
  d.draft = from_text(*source, form, choices, problems);
  d.problems = problems.text();
  if (d.draft) d.suite = suite_text(*d.draft);
  return d;
}

// What the loader says of a drafted suite when every variable has a value; body files are not there to be read.
[[nodiscard]] inline scenario::Loaded loaded(const Drafted& d) {
  scenario::LoadOptions options;
  for (const Variable& v : d.draft->variables) options.variables.set.emplace(v.name, "value-of-" + v.name);
  return scenario::load_suite_text("/nonexistent/suite.yaml", d.suite, options);
}

// Of any bytes: either a draft whose suite the loader takes, or a report of what is wrong. For fuzzers.
inline void check_any(std::string_view bytes, Form form, Choices choices = {}) {
  const auto source = config::make_source("input", bytes, kMaxSource);
  if (!source) return;  // not UTF-8
  const Drafted d = drafted((*source)->text(), form, std::move(choices));
  CHECK(d.draft.has_value() == d.problems.empty());
  if (!d.draft) return;
  for (const auto& r : d.draft->requests)
    if (r.body.form == BodyForm::kFile) return;  // there is no file to load
  const auto taken = loaded(d);
  CHECK(taken.suite.has_value(), "{}\n{}", taken.problems, d.suite);
}

}  // namespace loadstone::draft
