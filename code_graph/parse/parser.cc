#include "code_graph/parse/parser.h"

#include <tree_sitter/api.h>

#include <algorithm>

#include "code_graph/parse/grammar.h"
#include "code_graph/parse/outliner.h"

namespace code_graph::parse {
namespace {

using Clock = std::chrono::steady_clock;

std::uint32_t count_lines(std::string_view text) {
  const auto newlines = static_cast<std::uint32_t>(std::ranges::count(text, '\n'));
  return newlines + (!text.empty() && text.back() != '\n' ? 1 : 0);
}

struct Deadline {
  Clock::time_point at;
  std::uint32_t calls = 0;
};

bool is_over(TSParseState* state) {
  auto& deadline = *static_cast<Deadline*>(state->payload);
  return (++deadline.calls & 63) == 0 && Clock::now() > deadline.at;
}

struct Source {
  std::string_view text;
};

const char* read_source(void* payload, std::uint32_t byte, TSPoint, std::uint32_t* bytes_read) {
  const std::string_view text = static_cast<Source*>(payload)->text;
  if (byte >= text.size()) {
    *bytes_read = 0;
    return "";
  }
  *bytes_read = static_cast<std::uint32_t>(text.size() - byte);
  return text.data() + byte;
}

}  // namespace

struct Parser::State {
  TSParser* parser = ts_parser_new();
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { ts_parser_delete(parser); }
};

Parser::Parser() : state_(std::make_unique<State>()) {}
Parser::~Parser() = default;

bool has_grammar(Language language) { return grammar_for(language, "") != nullptr; }

Outline Parser::read(std::string_view path, Language language, std::string_view text,
                     std::chrono::milliseconds budget) {
  const Grammar* grammar = grammar_for(language, path);
  static const LanguageRules kNoRules;
  static const Grammar kNoGrammar{.rules = &kNoRules};
  Outliner outliner(grammar != nullptr ? *grammar : kNoGrammar, path, text);
  Outline& outline = outliner.outline();
  outline.language = language;
  outline.lines = count_lines(text);
  outline.definitions[0].end_line = std::max<std::uint32_t>(1, outline.lines);

  if (grammar == nullptr) {
    outline.state = ReadState::kUnparsed;
    return outliner.finish();
  }
  ts_parser_reset(state_->parser);
  ts_parser_set_language(state_->parser, grammar->language);
  Source source{text};
  Deadline deadline{Clock::now() + budget};
  TSTree* tree = ts_parser_parse_with_options(
      state_->parser, nullptr, {&source, read_source, TSInputEncodingUTF8, nullptr}, {&deadline, is_over});
  if (tree == nullptr) {
    outline.state = ReadState::kTimedOut;
    return outliner.finish();
  }
  const TSNode root = ts_tree_root_node(tree);
  if (ts_node_has_error(root)) outline.state = ReadState::kBroken;
  outliner.walk(root);
  Outline done = outliner.finish();
  ts_tree_delete(tree);
  return done;
}

}  // namespace code_graph::parse
