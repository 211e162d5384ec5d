#include "protocol/http2/pieces.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <utility>

namespace loadstone::http2 {
namespace {

constexpr std::size_t kGrain = 32;
constexpr std::size_t kKinds = 32;  // of sizes that are kept, each a grain larger: up to 1 kB

// Before each piece.
struct alignas(std::max_align_t) Header {
  std::size_t size;  // of the piece: a multiple of the grain
  Header* next;      // of the same kind, while it is free
};

// A piece that is kept can be written to after it has been given back, and AddressSanitizer would not see it.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kKeeps = false;
#elif defined(__has_feature)
constexpr bool kKeeps = !__has_feature(address_sanitizer);
#else
constexpr bool kKeeps = true;
#endif

struct Shelf {
  std::array<Header*, kKinds> free{};

  Shelf() = default;
  Shelf(const Shelf&) = delete;
  Shelf& operator=(const Shelf&) = delete;
  ~Shelf() {
    for (Header* h : free)
      while (h != nullptr) std::free(std::exchange(h, h->next));
  }
};

Header*& free_of(std::size_t kind) {
  thread_local Shelf shelf;
  return shelf.free.at(kind);
}

void* take(std::size_t size, void*) {
  if (size > std::numeric_limits<std::size_t>::max() / 2) return nullptr;
  const std::size_t kind = (std::max<std::size_t>(size, 1) - 1) / kGrain;
  if (kind < kKinds) {
    Header*& free = free_of(kind);
    if (free != nullptr) return std::exchange(free, free->next) + 1;
  }
  const std::size_t whole = (kind + 1) * kGrain;
  auto* h = static_cast<Header*>(std::malloc(sizeof(Header) + whole));
  if (h == nullptr) return nullptr;
  h->size = whole;
  return h + 1;
}

void give_back(void* piece, void*) {
  if (piece == nullptr) return;
  Header* h = static_cast<Header*>(piece) - 1;
  const std::size_t kind = h->size / kGrain - 1;
  if (kind >= kKinds || !kKeeps) {
    std::free(h);
    return;
  }
  h->next = std::exchange(free_of(kind), h);
}

void* take_zeroed(std::size_t count, std::size_t size, void* user) {
  if (size != 0 && count > std::numeric_limits<std::size_t>::max() / size) return nullptr;
  void* piece = take(count * size, user);
  if (piece != nullptr) std::memset(piece, 0, count * size);
  return piece;
}

void* resize(void* piece, std::size_t size, void* user) {
  if (piece == nullptr) return take(size, user);
  const std::size_t has = (static_cast<Header*>(piece) - 1)->size;
  if (size <= has) return piece;
  void* larger = take(size, user);
  if (larger == nullptr) return nullptr;
  std::memcpy(larger, piece, has);
  give_back(piece, user);
  return larger;
}

}  // namespace

nghttp2_mem* pieces() {
  static nghttp2_mem memory{nullptr, take, give_back, take_zeroed, resize};
  return &memory;
}

}  // namespace loadstone::http2
