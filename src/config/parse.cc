#include "config/parse.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <unordered_map>
#include <unordered_set>

#include "base/check.h"
#include "base/format.h"

namespace loadstone::config {
namespace {

// Thrown through yaml-cpp to stop it, and caught in parse(); what is wrong has been reported.
struct Stop {};

constexpr std::string_view kMergeKey = "<<";

// Builds the tree from yaml-cpp's events.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const Source& source, Diagnostics& problems, const Bounds& bounds)
      : source_(source), problems_(problems), bounds_(bounds) {}

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node;
    const std::size_t at = value_offset(mark);
    const std::string_view here = std::string_view(source_.text()).substr(at);
    for (const std::string_view word : {"null", "Null", "NULL", "~"})
      if (here.starts_with(word)) node.span = {at, word.size()};
    is_written_ = node.span.length > 0;
    if (!is_written_) node.span = {at, 1};
    add(std::move(node), anchor);
    is_written_ = true;
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const Span span{offset(mark), 1};
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) stop(span, "an alias may not stand inside the value it repeats");
    count(known->second.nodes, known->second.bytes, span);
    place(known->second.node, known->second.nodes, known->second.bytes);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node;
    node.kind = Kind::kScalar;
    node.text = value;
    node.is_quoted = tag != "?";
    locate(node, value_offset(mark));
    check_tag(tag, node.span);
    add(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(Kind::kSequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(Kind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

  [[nodiscard]] std::optional<Node> take_root() { return std::move(root_); }
  // Where the innermost list or mapping begins whose end has not been seen.
  [[nodiscard]] std::optional<Span> unfinished() const {
    if (open_.empty()) return std::nullopt;
    return open_.back().node.span;
  }

 private:
  struct Anchored {
    Node node;
    std::size_t nodes;
    std::size_t bytes;
  };
  // A list or mapping whose end has not been seen.
  struct Open {
    Node node;
    YAML::anchor_t anchor;
    std::size_t nodes = 1;  // in it, itself included
    std::size_t bytes = 0;
    std::optional<Entry> entry;                         // of a mapping: a key that waits for its value
    bool is_repeated = false;                           // that key had been used before; its value is dropped
    std::unordered_map<std::string, std::size_t> seen;  // keys and their offsets
    std::vector<Node> merged;                           // values of <<
  };

  [[noreturn]] void stop(Span span, std::string message) {
    problems_.error(span, std::move(message));
    throw Stop{};
  }

  [[nodiscard]] std::size_t offset(const YAML::Mark& mark) const {
    return source_.offset({static_cast<std::size_t>(std::max(mark.line, 0)),  //
                           static_cast<std::size_t>(std::max(mark.column, 0))});
  }

  // yaml-cpp marks the anchor or tag that stands before a value; the value itself is what people look for.
  [[nodiscard]] std::size_t value_offset(const YAML::Mark& mark) const {
    const std::string& text = source_.text();
    std::size_t at = offset(mark);
    while (at < text.size() && (text[at] == '&' || text[at] == '!')) {
      const std::size_t blank = text.find_first_of(" \n", at);
      const std::size_t next = blank == std::string::npos ? blank : text.find_first_not_of(" \n", blank);
      if (next == std::string::npos) break;
      at = next;
    }
    return at;
  }

  // Finds the scalar in the source, for carets under parts of it.
  void locate(Node& node, std::size_t at) {
    const std::string_view text = source_.text();
    const char first = at < text.size() ? text[at] : '\0';
    const bool has_quotes = node.is_quoted && (first == '"' || first == '\'');
    node.span = {at, 1};
    std::size_t begin = at;
    if (has_quotes) {
      const std::size_t end = closing_quote(at);
      // yaml-cpp lets a text end without its quote
      if (end == std::string::npos) stop(node.span, "this quote is never closed");
      node.span.length = std::min(end + 1, text.find('\n', at)) - at;
      ++begin;
    }
    if (node.text.empty() || !text.substr(std::min(begin, text.size())).starts_with(node.text)) return;
    node.text_offset = begin;
    node.span.length = node.text.size() + (has_quotes ? 2 : 0);
  }

  // Of the quoted text that begins at `at`.
  [[nodiscard]] std::size_t closing_quote(std::size_t at) const {
    const std::string& text = source_.text();
    const char quote = text[at];
    for (std::size_t i = at + 1; i < text.size(); ++i) {
      if (text[i] == '\\' && quote == '"') {
        ++i;
      } else if (text[i] == quote) {
        if (quote == '"' || i + 1 == text.size() || text[i + 1] != quote) return i;
        ++i;  // '' is a quote inside single quotes
      }
    }
    return std::string::npos;
  }

  void check_tag(const std::string& tag, Span span) {
    if (tag.empty() || tag == "?" || tag == "!" || tag == "tag:yaml.org,2002:str") return;
    problems_.error(span, format("tags such as {} are not used in suites", quoted(tag)));
  }

  void count(std::size_t nodes, std::size_t bytes, Span span) {
    total_nodes_ += nodes;
    total_bytes_ += bytes;
    if (total_nodes_ > bounds_.nodes)
      stop(span, format("more than {} values (repeated aliases count each time)", bounds_.nodes));
    if (total_bytes_ > bounds_.text_bytes)
      stop(span, format("more than {} bytes of text (repeated aliases count each time)", bounds_.text_bytes));
  }

  void add(Node node, YAML::anchor_t anchor) {
    const std::size_t bytes = node.text.size();
    count(1, bytes, node.span);
    if (anchor != YAML::NullAnchor) anchors_.insert_or_assign(anchor, Anchored{node, 1, bytes});
    place(std::move(node), 1, bytes);
  }

  void open(Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    Open o{};
    o.node.kind = kind;
    o.node.span = {value_offset(mark), 1};
    o.anchor = anchor;
    check_tag(tag, o.node.span);
    if (open_.size() >= bounds_.depth) stop(o.node.span, format("nested more than {} deep", bounds_.depth));
    count(1, 0, o.node.span);
    open_.push_back(std::move(o));
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    for (const Node& merged : done.merged) merge(done, merged);
    if (done.anchor != YAML::NullAnchor)
      anchors_.insert_or_assign(done.anchor, Anchored{done.node, done.nodes, done.bytes});
    place(std::move(done.node), done.nodes, done.bytes);
  }

  // Puts a finished value where it belongs.
  void place(Node node, std::size_t nodes, std::size_t bytes) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    parent.nodes += nodes;
    parent.bytes += bytes;
    if (parent.node.kind == Kind::kSequence) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.entry) {
      begin_entry(parent, std::move(node));
    } else {
      end_entry(parent, std::move(node));
    }
  }

  void begin_entry(Open& map, Node key) {
    if (key.kind != Kind::kScalar) stop(key.span, format("a key must be a single word, not {}", kind_name(key.kind)));
    const auto [seen, is_new] = map.seen.emplace(key.text, key.span.offset);
    map.is_repeated = !is_new;
    if (!is_new)
      problems_.error(key.span, format("the key {} is given twice; first on line {}", quoted(key.text),
                                       source_.position(seen->second).line + 1));
    map.entry = Entry{std::move(key.text), key.span, {}};
    if (key.is_quoted && map.entry->key == kMergeKey) map.entry->key_span.length = 0;  // "<<" in quotes does not merge
  }

  void end_entry(Open& map, Node value) {
    Entry entry = std::move(*map.entry);
    map.entry.reset();
    if (map.is_repeated) return;
    if (entry.key == kMergeKey && entry.key_span.length > 0) {
      merge_value(map, std::move(value));
      return;
    }
    entry.value = std::move(value);
    // "key:" with nothing after it: yaml-cpp marks whatever comes next
    if (entry.value.kind == Kind::kNull && !is_written_) entry.value.span = entry.key_span;
    map.node.entries.push_back(std::move(entry));
  }

  void merge_value(Open& map, Node value) {
    if (value.kind == Kind::kMap) {
      map.merged.push_back(std::move(value));
    } else if (value.kind == Kind::kSequence) {
      for (Node& item : value.items) merge_value(map, std::move(item));
    } else {
      problems_.error(value.span, "<< needs a mapping, such as *NAME of an anchor &NAME");
    }
  }

  // Keys that the mapping has itself win over merged ones, earlier merged ones over later.
  static void merge(Open& map, const Node& merged) {
    for (const Entry& e : merged.entries)
      if (map.seen.emplace(e.key, e.key_span.offset).second) map.node.entries.push_back(e);
  }

  const Source& source_;
  Diagnostics& problems_;
  const Bounds bounds_;
  std::optional<Node> root_;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, Anchored> anchors_;
  std::size_t total_nodes_ = 0;
  std::size_t total_bytes_ = 0;
  bool is_written_ = true;  // false while an omitted value is placed
};

// The nearest line up to `last` that is indented with a tab, which YAML forbids and yaml-cpp explains badly.
std::optional<Span> tab_indentation(const Source& source, std::size_t last) {
  for (std::size_t n = last + 1; n-- > 0;) {
    const std::string_view line = source.line(n);
    const std::size_t text = line.find_first_not_of(" \t");
    const std::size_t tab = line.find('\t');
    if (tab != std::string_view::npos && (text == std::string_view::npos || tab < text))
      return Span{source.offset({n, tab}), 1};
  }
  return std::nullopt;
}

// The first ${ after `from` that stands outside quotes: within {} and [] its brace ends the text, and what yaml-cpp
// then says is about brackets.
std::optional<Span> unquoted_variable(const Source& source, std::size_t from) {
  const std::string& text = source.text();
  for (std::size_t at = text.find("${", from); at != std::string::npos; at = text.find("${", at + 2)) {
    const std::string_view before = std::string_view(text).substr(from, at - from);
    const auto is_outside = [&](char quote) { return std::count(before.begin(), before.end(), quote) % 2 == 0; };
    if (is_outside('"') && is_outside('\'')) return Span{at, 2};
  }
  return std::nullopt;
}

// yaml-cpp's messages in words that say what to do.
std::string explain(const std::string& message) {
  struct Known {
    std::string_view theirs;
    std::string_view ours;
  };
  static constexpr Known kKnown[] = {
      {"illegal map value", "a ':' is not expected here; check the indentation, or put the text in quotes"},
      {"illegal block entry", "a '-' is not expected here; check the indentation"},
      {"illegal map key", "a key is not expected here; check the indentation"},
      {"end of map not found", "this does not fit the lines above; check the indentation and the ':' after the key"},
      {"end of sequence not found", "this does not fit the list above; check the indentation and the '-'"},
      {"end of map flow not found", "the '{' of this mapping has no matching '}'"},
      {"end of sequence flow not found", "the '[' of this list has no matching ']'"},
      {"illegal EOF in scalar", "this quote is never closed"},
      {"unknown token", "this character cannot stand here without quotes (inside {} and [] not even within a text)"},
      {"illegal flow end", "a closing bracket without its opening one"},
      {"the referenced anchor is not defined", "there is no anchor of this name above"},
      {"found illegal tab", "a tab is not allowed here; use blanks"},
  };
  for (const auto& known : kKnown)
    if (message.find(known.theirs) != std::string::npos) return std::string(known.ours);
  return format("not valid YAML: {}", message);
}

void report(const YAML::Exception& e, const TreeBuilder& builder, const Source& source, Diagnostics& problems) {
  if (e.mark.is_null()) {
    problems.general_error(format("not valid YAML: {}", e.msg));
    return;
  }
  if (e.msg.find("flow not found") != std::string::npos && builder.unfinished()) {
    if (const auto variable = unquoted_variable(source, builder.unfinished()->offset)) {
      problems.error(*variable, "inside {} and [] a text with ${...} needs quotes");
      return;
    }
    problems.error(*builder.unfinished(), explain(e.msg));
    return;
  }
  const auto line = static_cast<std::size_t>(std::max(e.mark.line, 0));
  if (const auto tab = tab_indentation(source, line)) {
    problems.error(*tab, "a tab in the indentation; YAML is indented with blanks");
    return;
  }
  problems.error({source.offset({line, static_cast<std::size_t>(std::max(e.mark.column, 0))}), 1}, explain(e.msg));
}

}  // namespace

std::optional<Node> parse(const Source& source, Diagnostics& problems, const Bounds& bounds) {
  const std::size_t before = problems.size();
  TreeBuilder builder(source, problems, bounds);
  try {
    std::istringstream in(source.text());
    YAML::Parser parser(in);
    if (!parser.HandleNextDocument(builder)) {
      problems.general_error("the file is empty; a suite needs at least `scenarios:`");
      return std::nullopt;
    }
    std::optional<Node> root = builder.take_root();
    TreeBuilder second(source, problems, bounds);
    if (parser.HandleNextDocument(second)) {
      const auto rest = second.take_root();
      problems.error(rest ? rest->span : Span{}, "a second document; a file holds one suite");
    }
    if (problems.size() > before) return std::nullopt;
    if (!root || root->kind == Kind::kNull) {
      problems.general_error("the file is empty; a suite needs at least `scenarios:`");
      return std::nullopt;
    }
    return root;
  } catch (const Stop&) {
    return std::nullopt;
  } catch (const YAML::Exception& e) {
    report(e, builder, source, problems);
  } catch (const std::exception& e) {
    problems.general_error(format("not valid YAML: {}", e.what()));
  }
  return std::nullopt;
}

}  // namespace loadstone::config
