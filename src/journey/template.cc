#include "journey/template.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/check.h"
#include "base/format.h"
#include "base/json_writer.h"

namespace loadstone::journey {
namespace {

constexpr std::array<bool, 256> kUnreserved = [] {  // RFC 3986 section 2.3
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = table[static_cast<std::size_t>(c - 32)] = true;
  for (const char c : std::string_view("-._~")) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

void append_percent(std::string& out, char c) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += kDigits[byte >> 4];
  out += kDigits[byte & 15];
}

// What may not stand in a request's target at all; everything else was meant as it is.
void append_sendable(std::string& out, std::string_view value) {
  for (const char c : value)
    if (c <= 0x20 || c >= 0x7F || c == '#')
      append_percent(out, c);
    else
      out += c;
}

// Whether the inside of {{ }} could be meant for us: "name", "file.column", "raw:name", "random:1-6".
bool looks_like_a_word(std::string_view inside) {
  return !inside.empty() && is_letter(inside.front()) && std::all_of(inside.begin(), inside.end(), [&](char c) {
    return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == ':' || c == '-';
  });
}

}  // namespace

void append_escaped(std::string& out, std::string_view value, Escape escape) {
  switch (escape) {
    case Escape::kNone:
      out += value;
      return;
    case Escape::kTarget:
    case Escape::kForm:
      for (const char c : value)
        if (kUnreserved[static_cast<unsigned char>(c)])
          out += c;
        else
          append_percent(out, c);
      return;
    case Escape::kField:
      for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        out += (byte < 0x20 && c != '\t') || byte == 0x7F ? ' ' : c;
      }
      return;
    case Escape::kJson: {
      const std::size_t quote = out.size();
      JsonWriter::append_json_string(out, value);
      out.erase(quote, 1);
      out.pop_back();
      return;
    }
  }
}

Template Template::of_checked(std::string_view text, const Vocabulary& vocabulary, bool is_json) {
  auto made = parse(text, vocabulary, {.is_json = is_json, .keeps_unknown = true});
  CHECK(made);
  return std::move(*made);
}

Result<Template> Template::parse(std::string_view text, const Vocabulary& vocabulary, Rules rules) {
  Template made;
  Piece piece;
  bool opens_raw = false;  // the quote that closes a raw value is to be left out
  const auto append = [&](std::string_view literal) {
    if (opens_raw && !literal.empty()) {
      literal.remove_prefix(1);
      opens_raw = false;
    }
    piece.literal += literal;
  };
  while (true) {
    const std::size_t at = text.find("{{");
    const std::size_t end = at == std::string_view::npos ? at : text.find("}}", at);
    if (end == std::string_view::npos) break;
    std::string_view inside = text.substr(at + 2, end - at - 2);
    if (!looks_like_a_word(trim(inside))) {
      append(text.substr(0, at + 2));
      text.remove_prefix(at + 2);
      continue;
    }
    inside = trim(inside);
    const bool is_raw = inside.starts_with("raw:");
    auto word = vocabulary.meaning(is_raw ? trim(inside.substr(4)) : inside);
    if (!word) {
      if (!rules.keeps_unknown) return fail(word.error());
      append(text.substr(0, end + 2));
      text.remove_prefix(end + 2);
      continue;
    }
    append(text.substr(0, at));
    text.remove_prefix(end + 2);
    piece.has_word = true;
    piece.is_raw = is_raw;
    piece.word = *word;
    if (is_raw && rules.is_json && piece.literal.ends_with('"') && text.starts_with('"')) {
      piece.literal.pop_back();
      opens_raw = true;
    }
    made.pieces_.push_back(std::move(piece));
    piece = {};
  }
  append(text);
  if (!piece.literal.empty() || made.pieces_.empty()) made.pieces_.push_back(std::move(piece));
  return made;
}

void append_word(std::string& out, const Template::Piece& piece, const Values& values, Escape escape) {
  const auto text = [&](std::string_view value) {
    if (!piece.is_raw)
      append_escaped(out, value, escape);
    else if (escape == Escape::kJson)
      out += value.empty() ? "null" : value;
    else if (escape == Escape::kTarget)
      append_sendable(out, value);
    else
      append_escaped(out, value, escape == Escape::kField ? Escape::kField : Escape::kNone);
  };
  const auto number = [&](std::uint64_t n) { format_to(std::back_inserter(out), "{}", n); };
  const Word& word = piece.word;
  switch (word.kind) {
    case Word::Kind::kVariable:
      return text(values.variables[word.slot]);
    case Word::Kind::kCell:
      return text(values.cells[values.first_cell[word.file] + word.column]);
    case Word::Kind::kRequestId:
      return number(values.request_id);
    case Word::Kind::kUnique:
      return number(values.unique);
    case Word::Kind::kUser:
      return number(values.user);
    case Word::Kind::kRandom:
      return number(word.low + values.random->below(word.high - word.low + 1));
  }
}

void Template::append(std::string& out, const Values& values, Escape escape) const {
  for (const Piece& piece : pieces_) {
    out += piece.literal;
    if (piece.has_word) append_word(out, piece, values, escape);
  }
}

}  // namespace loadstone::journey
