#include "profile/stacks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadstone::profile {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Stacks some() {
  Stacks stacks;
  stacks.add({"worker", "start_thread", "serve", "parse"}, 60);
  stacks.add({"worker", "start_thread", "serve", "write;all\nnow"}, 30);
  stacks.add({"worker", "start_thread", "serve", "serve", "serve"}, 5);
  stacks.add({"main", "[unknown]"}, 5);
  return stacks;
}

TEST(Stacks, FoldedBothWays) {
  const Stacks stacks = some();
  EXPECT_EQ(stacks.folded(),
            "main;[unknown] 5\n"
            "worker;start_thread;serve;parse 60\n"
            "worker;start_thread;serve;serve;serve 5\n"
            "worker;start_thread;serve;write:all now 30\n");
  const Stacks back = parse_folded(stacks.folded() + "no number\nbad x\n");
  EXPECT_EQ(back.all(), stacks.all());
  EXPECT_EQ(back.samples(), 100U);
}

TEST(Stacks, OfManyTheHeaviestAreKeptAndNoSampleIsLost) {
  const Stacks kept = some().heaviest(8);
  EXPECT_EQ(kept.folded(),
            "[other stacks] 10\n"
            "worker;start_thread;serve;parse 60\n"
            "worker;start_thread;serve;write:all now 30\n");
  EXPECT_EQ(kept.samples(), 100U);
  EXPECT_EQ(some().heaviest(1000).all(), some().all());
}

TEST(Stacks, TheHottestByTheirOwnTime) {
  const auto hottest = some().hottest(2);
  ASSERT_EQ(hottest.size(), 2U);
  EXPECT_EQ(hottest[0].name, "parse");
  EXPECT_DOUBLE_EQ(hottest[0].self, 0.6);
  const auto all = some().hottest(10);
  const auto serve = std::find_if(all.begin(), all.end(), [](const auto& f) { return f.name == "serve"; });
  ASSERT_NE(serve, all.end());
  EXPECT_DOUBLE_EQ(serve->self, 0.05);
  EXPECT_DOUBLE_EQ(serve->total, 0.95);  // once for a stack, however deep it calls itself
}

TEST(Stacks, BrokenAndNamelessOnesAreCounted) {
  EXPECT_DOUBLE_EQ(some().rooted(), 0.95);
  EXPECT_DOUBLE_EQ(some().named(), 0.95);
  Stacks stripped;
  stripped.add({"worker", "[libc.so.6]", "serve", "parse"});  // begun by a function of the C library without a name
  stripped.add({"worker", "[libc.so.6]"});                    // cut off in the library itself
  EXPECT_DOUBLE_EQ(stripped.rooted(), 0.5);
  EXPECT_EQ(Stacks().rooted(), 0);
  EXPECT_EQ(Stacks().named(), 0);
}

TEST(Stacks, Speedscope) {
  Stacks stacks;
  stacks.add({"a", "b"}, 3);
  stacks.add({"a", "c\"d"}, 1);
  EXPECT_EQ(stacks.speedscope("x", 0.25),
            R"({"$schema":"https://www.speedscope.app/file-format-schema.json","exporter":"loadstone","name":"x",)"
            R"("activeProfileIndex":0,"shared":{"frames":[{"name":"a"},{"name":"b"},{"name":"c\"d"}]},"profiles":[{)"
            R"("type":"sampled","name":"x","unit":"seconds","startValue":0,"endValue":1,"samples":[[0,1],[0,2]],)"
            R"("weights":[0.75,0.25]}]})"
            "\n");
}

TEST(Stacks, NamesForPeople) {
  EXPECT_EQ(short_name("std::vector<int, std::allocator<int> >::push_back(int const&)"), "std::vector::push_back");
  EXPECT_EQ(short_name("void a::b<c<d> >(e)"), "a::b");
  EXPECT_EQ(short_name("a::(anonymous namespace)::f(int) const"), "a::f");
  EXPECT_EQ(short_name("main"), "main");
  EXPECT_EQ(short_name("do_syscall_64_[k]"), "do_syscall_64_[k]");
  EXPECT_EQ(short_name("[libc.so.6]"), "[libc.so.6]");
  EXPECT_EQ(short_name("a::operator<(a const&)"), "a::operator<(a const&)");
}

TEST(Stacks, WhatPerfPrints) {
  const Stacks stacks = parse_perf_script(
      "my server 4711 1234.567890:   20202020 cpu-clock:u: \n"
      "\t    55d0c0de1139 ns::parse(std::string const&, int)+0x12 (/usr/bin/server)\n"
      "\t    55d0c0de1200 main+0x30 (/usr/bin/server)\n"
      "\t    7f0000001200 __libc_start_main_impl+0x80 (/usr/lib/libc.so.6)\n"
      "\n"
      "my server 4711/4712 1234.667890:   20202020 cpu-clock:u: \n"
      "\t    55d0c0de9999 [unknown] (/usr/bin/server)\n"
      "\n");
  EXPECT_EQ(stacks.samples(), 2U);
  EXPECT_EQ(stacks.folded(),
            "my server;[unknown] 1\nmy server;__libc_start_main_impl;main;ns::parse(std::string const&, int) 1\n");
  EXPECT_DOUBLE_EQ(stacks.rooted(), 0.5);
}

}  // namespace
}  // namespace loadstone::profile
