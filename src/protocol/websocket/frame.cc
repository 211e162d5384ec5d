#include "protocol/websocket/frame.h"

#include <bit>
#include <cstring>

namespace loadstone::websocket {
namespace {

constexpr std::uint8_t kFin = 0x80;
constexpr std::uint8_t kRsv1 = 0x40;
constexpr std::uint8_t kRsv23 = 0x30;
constexpr std::uint8_t kMasked = 0x80;

FrameHeader malformed(const char* problem, std::uint16_t close_code = kProtocolError) {
  FrameHeader header;
  header.state = FrameHeader::State::kMalformed;
  header.problem = problem;
  header.close_code = close_code;
  return header;
}

bool is_known(std::uint8_t opcode) { return opcode <= 2 || (opcode >= 8 && opcode <= 10); }

// What is wrong with the first byte, or nothing.
const char* fault_of_first(std::uint8_t first, const FrameRules& rules) {
  const std::uint8_t opcode = first & 0x0f;
  if ((first & kRsv23) != 0) return "a reserved bit is set";
  if ((first & kRsv1) != 0 && !rules.deflates) return "a reserved bit is set";
  if (!is_known(opcode)) return "a reserved opcode";
  if (opcode >= 8) {
    if ((first & kRsv1) != 0) return "a compressed control frame";
    if ((first & kFin) == 0) return "a fragmented control frame";
    return nullptr;
  }
  if (opcode == 0) {
    if (!rules.within_message) return "a continuation of nothing";
    if ((first & kRsv1) != 0) return "the compression bit within a message";
    return nullptr;
  }
  return rules.within_message ? "a new message within a fragmented one" : nullptr;
}

std::uint64_t big_endian(const unsigned char* at, int bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) value = value << 8 | at[i];
  return value;
}

std::size_t write_header(unsigned char* at, Opcode opcode, bool compressed, std::uint64_t length,
                         Randomness::Mask mask) {
  std::size_t size = 2;
  at[0] = static_cast<unsigned char>(kFin | (compressed ? kRsv1 : 0) | static_cast<unsigned char>(opcode));
  int extended = 0;
  if (length <= kMaxControlPayload) {
    at[1] = static_cast<unsigned char>(kMasked | length);
  } else if (length <= 0xffff) {
    at[1] = kMasked | 126;
    extended = 2;
  } else {
    at[1] = kMasked | 127;
    extended = 8;
  }
  for (int i = extended - 1; i >= 0; --i) at[size++] = static_cast<unsigned char>(length >> (8 * i));
  std::memcpy(at + size, mask.data(), mask.size());
  return size + mask.size();
}

// XORs the payload with the mask, which begins anew with it (section 5.3), a word at a time.
void apply_mask(char* at, std::size_t bytes, Randomness::Mask mask) {
  std::uint32_t four;
  std::memcpy(&four, mask.data(), sizeof four);
  const std::uint64_t eight = static_cast<std::uint64_t>(four) << 32 | four;
  std::size_t i = 0;
  for (; i + 8 <= bytes; i += 8) {
    std::uint64_t w;
    std::memcpy(&w, at + i, sizeof w);
    w ^= eight;
    std::memcpy(at + i, &w, sizeof w);
  }
  for (; i < bytes; ++i) at[i] = static_cast<char>(at[i] ^ mask[i % 4]);
}

}  // namespace

FrameHeader read_frame_header(std::string_view bytes, const FrameRules& rules) {
  FrameHeader header;
  if (bytes.empty()) return header;
  const auto* const at = reinterpret_cast<const unsigned char*>(bytes.data());
  const std::uint8_t first = at[0];
  if (const char* fault = fault_of_first(first, rules)) return malformed(fault);
  header.opcode = static_cast<Opcode>(first & 0x0f);
  header.fin = (first & kFin) != 0;
  header.compressed = (first & kRsv1) != 0;
  if (bytes.size() < 2) return header;
  const std::uint8_t second = at[1];
  if ((second & kMasked) != 0) return malformed("a masked frame from the server");
  header.size = 2;
  header.length = second;
  if (is_control(header.opcode)) {
    if (second > kMaxControlPayload) return malformed("a control frame of more than 125 bytes");
  } else if (second == 126) {
    if (bytes.size() < 4) return header;
    header.size = 4;
    header.length = big_endian(at + 2, 2);
    if (header.length < 126) return malformed("a length not written in its shortest form");
  } else if (second == 127) {
    if (bytes.size() >= 3 && (at[2] & 0x80) != 0) return malformed("a length with the highest bit set");
    if (bytes.size() < 10) return header;
    header.size = 10;
    header.length = big_endian(at + 2, 8);
    if (header.length <= 0xffff) return malformed("a length not written in its shortest form");
  }
  const bool compressed = header.compressed || (rules.within_message && rules.message_is_compressed);
  if (!is_control(header.opcode) && !compressed && header.length > rules.max_bytes)
    return malformed("a message larger than the limit", kTooBig);
  header.state = FrameHeader::State::kComplete;
  return header;
}

void append_frame(std::string& to, Opcode opcode, std::string_view payload, bool compressed, Randomness::Mask mask) {
  unsigned char header[kMaxClientHeader];
  const std::size_t size = write_header(header, opcode, compressed, payload.size(), mask);
  const std::size_t begin = to.size();
  to.reserve(begin + size + payload.size());
  to.append(reinterpret_cast<const char*>(header), size);
  to.append(payload);
  apply_mask(to.data() + begin + size, payload.size(), mask);
}

void wrap_frame(std::string& to, std::size_t payload_at, Opcode opcode, bool compressed, Randomness::Mask mask) {
  const std::size_t length = to.size() - payload_at;
  unsigned char header[kMaxClientHeader];
  const std::size_t size = write_header(header, opcode, compressed, length, mask);
  apply_mask(to.data() + payload_at, length, mask);
  std::memcpy(to.data() + payload_at - size, header, size);
  to.erase(payload_at - kMaxClientHeader, kMaxClientHeader - size);
}

}  // namespace loadstone::websocket
