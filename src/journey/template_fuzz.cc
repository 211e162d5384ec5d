// Any text as a template, and as a comparison and a place to look: it ends, and what is no word stays as it was. The
// first byte says by which rules.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "config/source.h"
#include "journey/comparison.h"
#include "journey/lookup.h"
#include "journey/template.h"

using namespace loadstone::journey;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  Vocabulary vocabulary;
  auto read = read_csv(*loadstone::config::make_source("x", "name\nvalue\n"));
  vocabulary.add_file("users", std::make_shared<const Table>(std::move(*read.table)));
  vocabulary.add_variable("node");
  const std::string variables[] = {"a\"b\r\n"};
  const std::string_view cells[] = {"value"};
  const std::uint32_t first[] = {0};
  loadstone::Random random(1);
  const Values values{variables, cells, first, 1, 2, 3, &random};
  const Template::Rules rules{.is_json = (data[0] & 1) != 0, .keeps_unknown = (data[0] & 2) != 0};
  const auto made = Template::parse(text, vocabulary, rules);
  CHECK(made || !rules.keeps_unknown || text.find("random:") != std::string_view::npos);
  if (made) {
    for (const Escape escape : {Escape::kNone, Escape::kTarget, Escape::kField, Escape::kJson, Escape::kForm}) {
      std::string out;
      made->append(out, values, escape);
      if (made->is_literal()) CHECK(out == text);
      // What is put in never ends a line of a head.
      if (escape == Escape::kTarget || escape == Escape::kField)
        CHECK(out.find('\r') == std::string::npos || text.find('\r') != std::string_view::npos);
    }
  }
  const auto comparison = Comparison::parse(text, vocabulary);
  if (comparison) static_cast<void>(comparison->holds("12", values));
  std::string_view rest = text;
  const auto lookup = Lookup::take(rest);
  std::string scratch;
  if (lookup) static_cast<void>(lookup->find({200, "a: b\r\n", "{\"a\": [1, 2]}"}, scratch));
  return 0;
}
