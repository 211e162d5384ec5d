#include "config/diagnostic.h"

#include <algorithm>
#include <iterator>

#include "base/format.h"

namespace loadstone::config {
namespace {

constexpr std::size_t kMaxLineShown = 120;  // characters of the source line
constexpr std::size_t kMaxQuoted = 60;      // characters of what a user wrote
constexpr std::size_t kMaxMessageBytes = 2000;

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

// The first n characters of a UTF-8 text.
std::string_view first_characters(std::string_view text, std::size_t n) {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (begins_character(text[i]) && n-- == 0) return text.substr(0, i);
  return text;
}

void append_excerpt(std::string& out, const Source& source, Span span) {
  const auto [number, column] = source.position(span.offset);
  std::string_view line = source.line(number);
  std::size_t before = characters(line.substr(0, column));
  std::size_t marked = std::max<std::size_t>(1, characters(line.substr(column, span.length)));
  std::string lead;
  if (characters(line) > kMaxLineShown) {
    if (before > kMaxLineShown / 2) {
      const std::size_t cut = before - kMaxLineShown / 2;
      line.remove_prefix(first_characters(line, cut).size());
      before -= cut;
      lead = "...";
    }
    line = first_characters(line, kMaxLineShown);
    marked = std::min(marked, std::max<std::size_t>(1, characters(line) - std::min(characters(line), before)));
  }
  const std::string label = format("{:>5} | ", number + 1);
  const std::string margin = format("{:>5} | ", "");
  format_to(std::back_inserter(out), "{}{}{}\n{}{}^{}\n", label, lead, printable(line), margin,
            std::string(lead.size() + before, ' '), std::string(marked - 1, '~'));
}

}  // namespace

std::string did_you_mean(std::string_view word) { return word.empty() ? "" : format("did you mean '{}'?", word); }

std::string quoted(std::string_view text) {
  const std::string_view front = first_characters(text, kMaxQuoted);
  return format("'{}{}'", front, front.size() < text.size() ? "..." : "");
}

std::string printable(std::string_view text) {
  std::string out(text);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto c = static_cast<unsigned char>(out[i]);
    if (c == '\t') out[i] = ' ';
    if ((c < 0x20 && c != '\t') || c == 0x7F) out[i] = '?';
    // U+0080 to U+009F are control characters too
    if (c == 0xC2 && i + 1 < out.size() && static_cast<unsigned char>(out[i + 1]) < 0xA0) out.replace(i, 2, "?");
  }
  return out;
}

void Diagnostics::error(Span span, std::string message, std::string help) {
  add({span, std::move(message), std::move(help)});
}

void Diagnostics::general_error(std::string message, std::string help) {
  add({std::nullopt, std::move(message), std::move(help)});
}

void Diagnostics::add(Diagnostic diagnostic) {
  const auto same = [&](const Diagnostic& d) {
    return d.message == diagnostic.message && d.span.has_value() == diagnostic.span.has_value() &&
           (!d.span || d.span->offset == diagnostic.span->offset);
  };
  if (std::any_of(entries_.begin(), entries_.end(), same)) return;
  if (entries_.size() >= kMaxShown) {
    ++more_;
    return;
  }
  const auto place = [](const Diagnostic& d) { return d.span ? d.span->offset + 1 : 0; };
  const auto before = std::upper_bound(entries_.begin(), entries_.end(), diagnostic,
                                       [&](const Diagnostic& a, const Diagnostic& b) { return place(a) < place(b); });
  entries_.insert(before, std::move(diagnostic));
}

std::string Diagnostics::text() const {
  std::string out;
  for (const auto& d : entries_) {
    const std::string message = printable(std::string_view(d.message).substr(0, kMaxMessageBytes));
    if (source_ && d.span) {
      const auto [line, column] = source_->position(d.span->offset);
      const std::size_t shown = characters(source_->line(line).substr(0, column)) + 1;
      format_to(std::back_inserter(out), "{}:{}:{}: error: {}\n", source_->name(), line + 1, shown, message);
      append_excerpt(out, *source_, *d.span);
      if (!d.help.empty()) format_to(std::back_inserter(out), "{:>5} | {}\n", "", printable(d.help));
    } else {
      if (source_) format_to(std::back_inserter(out), "{}: ", source_->name());
      format_to(std::back_inserter(out), "error: {}\n", message);
      if (!d.help.empty()) format_to(std::back_inserter(out), "  {}\n", printable(d.help));
    }
  }
  if (more_ > 0) format_to(std::back_inserter(out), "and {} more\n", more_);
  return out;
}

}  // namespace loadstone::config
