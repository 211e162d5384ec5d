// Writes compact JSON straight into a string: commas, escapes, numbers. Writing only; what is open is the caller's to
// know.
//
// Text that is not UTF-8 comes out with U+FFFD in place of each bad byte, and a number that is not finite comes out as
// null, so the output is always valid JSON. Keys are given by the program and are written as they are.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace loadstone {

class JsonWriter {
 public:
  // Appends to `out`, which must outlive the writer.
  explicit JsonWriter(std::string& out) : out_(out) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }

  // A key of the open object; one value must follow. The name must need no escapes.
  void key(std::string_view name) {
    comma();
    out_ += '"';
    out_ += name;
    out_ += "\":";
    comma_ = false;
  }
  // A key that comes from outside the program.
  void text_key(std::string_view name) {
    comma();
    append_json_string(out_, name);
    out_ += ':';
    comma_ = false;
  }

  void string(std::string_view text) {
    comma();
    append_json_string(out_, text);
    comma_ = true;
  }
  template <std::integral T>
  void number(T value) {
    comma();
    if constexpr (std::signed_integral<T>) {
      append_signed(value);
    } else {
      append_unsigned(value);
    }
    comma_ = true;
  }
  void number(double value);
  void boolean(bool value) { raw(value ? "true" : "false"); }
  void null() { raw("null"); }

  // A value that is JSON already.
  void raw(std::string_view json) {
    comma();
    out_ += json;
    comma_ = true;
  }

  // Key and value at once.
  void field(std::string_view name, std::string_view text) { key(name), string(text); }
  void field(std::string_view name, const char* text) { key(name), string(text); }
  template <std::integral T>
  void field(std::string_view name, T value) {
    key(name);
    if constexpr (std::same_as<T, bool>) {
      boolean(value);
    } else {
      number(value);
    }
  }
  void field(std::string_view name, double value) { key(name), number(value); }

  // The text between quotes, escaped, appended to `out`.
  static void append_json_string(std::string& out, std::string_view text);

 private:
  void comma() {
    if (comma_) out_ += ',';
  }
  void open(char bracket) {
    comma();
    out_ += bracket;
    comma_ = false;
  }
  void close(char bracket) {
    out_ += bracket;
    comma_ = true;
  }
  void append_signed(std::int64_t value);
  void append_unsigned(std::uint64_t value);

  std::string& out_;
  bool comma_ = false;
};

}  // namespace loadstone
