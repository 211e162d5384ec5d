// What must not be shown: values that open doors, wherever a text that people will read could hold one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace loadstone {

// Whether what goes by this name (of a header, a parameter, a variable, a member of an object) opens doors.
[[nodiscard]] bool is_secret_name(std::string_view name);

// Known secrets, each with what is shown instead. Reading is safe from several threads.
class Secrets {
 public:
  // A shorter value is no secret, and hiding it would black out half of every text.
  static constexpr std::size_t kShortest = 4;

  // Hides the value as it is, percent-encoded, and as a JSON string writes it.
  void add(std::string_view value, std::string_view shown);

  // The text with `shown` in place of every occurrence.
  [[nodiscard]] std::string hide(std::string_view text) const;
  [[nodiscard]] bool empty() const { return entries_.empty(); }

 private:
  void add_form(std::string_view form, std::string_view shown);

  struct Entry {
    std::string form;
    std::string shown;
  };
  std::vector<Entry> entries_;  // the longest first: of two that begin alike the longer is hidden whole
};

}  // namespace loadstone
