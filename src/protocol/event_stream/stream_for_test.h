// Streams as tests write them, and what a parser makes of one however it is cut.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/event_stream/parser.h"

namespace loadstone::event_stream {

// How long the next piece is, given what is left.
using Cut = std::function<std::size_t(std::size_t)>;

// Gives each piece in a block of exactly its size, which is gone afterwards: a sanitizer sees what reads past its end
// or keeps it too long.
inline void give_in_pieces(std::string_view bytes, const Cut& cut, const std::function<void(std::string_view)>& give) {
  while (!bytes.empty()) {
    const std::size_t n = std::clamp<std::size_t>(cut(bytes.size()), 1, bytes.size());
    const std::unique_ptr<char[]> piece(new char[n]);
    std::copy_n(bytes.begin(), n, piece.get());
    give({piece.get(), n});
    std::fill_n(piece.get(), n, '#');  // and without a sanitizer it is seen as well
    bytes.remove_prefix(n);
  }
}

// "data", "TYPE: data", and last "problem: …".
inline std::vector<std::string> events_of(Parser& parser, std::string_view stream, const Cut& cut) {
  std::vector<std::string> events;
  bool is_over = false;
  give_in_pieces(stream, cut, [&](std::string_view piece) {
    parser.release();
    while (!piece.empty() && !is_over) {
      const Parser::Step step = parser.step(piece);
      if (step.is_event)
        events.push_back(step.type.empty() ? std::string(step.data)
                                           : std::string(step.type) + ": " + std::string(step.data));
      if (step.problem != nullptr) events.push_back("problem: " + std::string(step.problem));
      is_over = step.problem != nullptr;
      piece.remove_prefix(step.consumed);
    }
  });
  return events;
}

}  // namespace loadstone::event_stream
