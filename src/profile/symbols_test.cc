#include "profile/symbols.h"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "profile/stacks.h"

namespace loadstone::profile {

// External, so that it is in the symbol table under a mangled name.
__attribute__((noinline)) int function_to_be_found(int x) { return x * 3 + 1; }

namespace {

using ::testing::HasSubstr;

TEST(Symbols, MapsThatHoldCode) {
  const auto maps = parse_maps(
      "55d0c0de0000-55d0c0de1000 r--p 00000000 08:01 131 /usr/bin/server\n"
      "55d0c0de1000-55d0c0de5000 r-xp 00001000 08:01 131                        /usr/bin/my server (deleted)\n"
      "7ffd7b000000-7ffd7b002000 r-xp 00000000 00:00 0                          [vdso]\n"
      "7f0000000000-7f0000010000 rwxp 00000000 00:00 0 \n");
  ASSERT_EQ(maps.size(), 3U);
  EXPECT_EQ(maps[0].begin, 0x55d0c0de1000U);
  EXPECT_EQ(maps[0].end, 0x55d0c0de5000U);
  EXPECT_EQ(maps[0].file_offset, 0x1000U);
  EXPECT_EQ(maps[0].file, "/usr/bin/my server");
  EXPECT_EQ(maps[1].file, "[vdso]");
  EXPECT_EQ(maps[2].file, "");
}

TEST(Symbols, MapsOfCompiledCode) {
  const auto ranges = parse_perf_map("3ef414c0 398 LazyCompile:~handle /app/a b.js:10\nbad\n3ef41858 10 Builtin:Add\n");
  EXPECT_EQ(ranges.name_at(0x3ef414c0), "LazyCompile:~handle /app/a b.js:10");
  EXPECT_EQ(ranges.name_at(0x3ef41857), "LazyCompile:~handle /app/a b.js:10");
  EXPECT_EQ(ranges.name_at(0x3ef41858), "Builtin:Add");
  EXPECT_EQ(ranges.name_at(0x3ef41868), "");
  EXPECT_EQ(ranges.name_at(1), "");
}

TEST(Symbols, TheKernelsNames) {
  const auto ranges =
      parse_kallsyms("ffffffff81000000 T _stext\nffffffff81000100 t do_work\nffffffff81000180 D jiffies\n");
  EXPECT_EQ(ranges.name_at(0xffffffff81000080), "_stext");
  EXPECT_EQ(ranges.name_at(0xffffffff81000200), "do_work");
  EXPECT_TRUE(parse_kallsyms("0000000000000000 T _stext\n").empty());  // hidden
}

TEST(Symbols, OfThisProgramAndItsLibraries) {
  Symbols symbols;
  symbols.refresh(::getpid());
  EXPECT_EQ(symbols.name_of(::getpid(), reinterpret_cast<std::uint64_t>(&function_to_be_found) + 1),
            "loadstone::profile::function_to_be_found(int)");
  const auto* read = dlsym(RTLD_DEFAULT, "qsort");
  EXPECT_THAT(symbols.name_of(::getpid(), reinterpret_cast<std::uint64_t>(read) + 1), HasSubstr("qsort"));
  EXPECT_EQ(symbols.name_of(::getpid(), 16), kUnknown);
  EXPECT_EQ(symbols.name_of(1 << 21, 16), kUnknown);
  EXPECT_EQ(function_to_be_found(2), 7);
}

TEST(Symbols, WhatIsNoElfFile) {
  EXPECT_FALSE(ElfSymbols::read("/proc/self/status"));
  EXPECT_FALSE(ElfSymbols::read("/nowhere"));
  EXPECT_EQ(demangled("_ZN2ns1fEi"), "ns::f(int)");
  EXPECT_EQ(demangled("main"), "main");
}

}  // namespace
}  // namespace loadstone::profile
