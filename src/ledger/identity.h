// Which message a received one is, and when its service says it made it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json_pointer.h"
#include "base/pattern.h"
#include "base/result.h"
#include "ledger/header.h"

namespace loadstone::ledger {

struct Found {
  enum class Kind : std::uint8_t {
    kNone,     // it says nothing of who it is
    kDamaged,  // it has a header of ours that is not as it was sent
    kFound,
  };
  Kind kind = Kind::kNone;
  std::string_view id;                   // kFound: never empty; of a header its text
  Header header;                         // kFound by header
  std::optional<Nanoseconds> wall_time;  // since 1970 in UTC, where the message says it in a form that is understood
};

// Not for several threads at once: it remembers. A broadcast brings the same bytes to every client, so the last few
// distinct messages are kept with what was found in them, and one that is equal to one of them is not searched again.
class Identity {
 public:
  static constexpr std::size_t kRemembered = 16;
  static constexpr std::size_t kLargestRemembered = std::size_t{256} << 10;

  enum class How : std::uint8_t {
    kHeader,   // loadstone's own header stands somewhere in it
    kPointer,  // a JSON pointer leads to the id
    kPattern,  // the first group of a regular expression is the id
  };
  // `time_pointer`: a JSON pointer to the time, or empty if messages do not say. Errors say what is wrong with which
  // of the two.
  [[nodiscard]] static Result<Identity> make(How how, std::string expression, std::string time_pointer);
  // The id points into `message` or into this, until the next call.
  [[nodiscard]] Found find(std::string_view message);

 private:
  struct Remembered {
    std::string message;
    std::string unescaped;  // the id, where it had escapes
    Found found;            // points into these two
  };
  explicit Identity(How how);
  // `unescaped` holds an id that had escapes.
  Found search(std::string_view message, std::string& unescaped);

  How how_;
  std::optional<JsonPointer> pointer_;
  std::optional<JsonPointer> time_;
  std::optional<Pattern> pattern_;
  std::string scratch_;
  std::unique_ptr<std::array<Remembered, kRemembered>> memory_;
  std::size_t next_ = 0;
  std::size_t likely_ = 0;  // the place behind the one that was found last
};

}  // namespace loadstone::ledger
