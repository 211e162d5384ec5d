#include "protocol/http2/pieces.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <thread>
#include <vector>

namespace loadstone::http2 {
namespace {

class Pieces : public ::testing::Test {
 protected:
  void* take(std::size_t size) { return memory_->malloc(size, memory_->mem_user_data); }
  void* resize(void* piece, std::size_t size) { return memory_->realloc(piece, size, memory_->mem_user_data); }
  void* zeroed(std::size_t count, std::size_t size) { return memory_->calloc(count, size, memory_->mem_user_data); }
  void give_back(void* piece) { memory_->free(piece, memory_->mem_user_data); }

  nghttp2_mem* memory_ = pieces();
};

TEST_F(Pieces, AreAsLargeAsAskedAndTheirOwn) {
  std::vector<std::string> texts;
  std::vector<char*> taken;
  for (int again = 0; again < 2; ++again) {
    for (std::size_t size = 0; size < 1500; size += 7) {
      texts.emplace_back(size, static_cast<char>('a' + size % 26));
      auto* piece = static_cast<char*>(take(size));
      ASSERT_NE(piece, nullptr);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(piece) % alignof(std::max_align_t), 0U);
      std::memcpy(piece, texts.back().data(), size);
      taken.push_back(piece);
    }
    for (std::size_t i = 0; i < taken.size(); ++i)
      EXPECT_EQ(std::memcmp(taken[i], texts[i].data(), texts[i].size()), 0) << i;
    for (char* piece : taken) give_back(piece);
    taken.clear();
    texts.clear();
  }
  give_back(nullptr);
}

TEST_F(Pieces, KeepWhatIsInThemWhenTheyGrowOrShrink) {
  auto* piece = static_cast<char*>(resize(nullptr, 10));
  std::memcpy(piece, "0123456789", 10);
  for (const std::size_t size : {20, 40, 900, 5000, 12}) {
    piece = static_cast<char*>(resize(piece, size));
    ASSERT_NE(piece, nullptr);
    EXPECT_EQ(std::memcmp(piece, "0123456789", 10), 0) << size;
  }
  give_back(piece);
}

TEST_F(Pieces, AreZeroedWhenAskedEvenIfTheyWereUsed) {
  void* used = take(200);
  std::memset(used, 0xff, 200);
  give_back(used);
  auto* piece = static_cast<char*>(zeroed(4, 50));
  for (int i = 0; i < 200; ++i) EXPECT_EQ(piece[i], 0) << i;
  give_back(piece);
}

TEST_F(Pieces, ThatCannotBeAreRefused) {
  constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
  EXPECT_EQ(take(kMost), nullptr);
  EXPECT_EQ(take(kMost - 40), nullptr);
  EXPECT_EQ(zeroed(kMost / 2, 3), nullptr);
  void* piece = take(8);
  EXPECT_EQ(resize(piece, kMost), nullptr);
  give_back(piece);
}

TEST_F(Pieces, MayBeGivenBackOnAnotherThread) {
  std::vector<void*> taken;
  std::thread([&] {
    for (int i = 0; i < 100; ++i) taken.push_back(take(64));
    give_back(take(64));
  }).join();
  for (void* piece : taken) give_back(piece);
  std::vector<void*> again;
  for (int i = 0; i < 100; ++i) again.push_back(take(64));
  for (void* piece : again) give_back(piece);
}

}  // namespace
}  // namespace loadstone::http2
