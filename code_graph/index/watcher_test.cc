// What is told of a tree that changes, and what a look at it finds.
#include "code_graph/index/watcher.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "code_graph/index/indexer.h"

namespace code_graph::index {
namespace {

namespace fs = std::filesystem;
using Paths = std::vector<std::string>;

constexpr std::chrono::seconds kPatience{20};

class Tree {
 public:
  Tree() {
    std::string pattern = (fs::temp_directory_path() / "code-graph-watch-XXXXXX").string();
    root_ = mkdtemp(pattern.data());
  }
  ~Tree() { fs::remove_all(root_); }
  [[nodiscard]] fs::path at(std::string_view path) const { return root_ / path; }
  void write(std::string_view path, std::string_view text) const {
    fs::create_directories(at(path).parent_path());
    std::ofstream(at(path), std::ios::binary) << text;
  }
  void set_time(std::string_view path, std::time_t seconds) const {
    const timespec times[2] = {{seconds, 0}, {seconds, 0}};
    EXPECT_EQ(utimensat(AT_FDCWD, at(path).c_str(), times, 0), 0);
  }
  [[nodiscard]] const fs::path& root() const { return root_; }

 private:
  fs::path root_;
};

TEST(Watcher, TellsWhatWasWrittenUnderTheNameItHasNow) {
  const Tree t;
  t.write("a/x.py", "");
  t.write("b/x.py", "");
  auto watcher = Watcher::open(t.root());
  ASSERT_TRUE(watcher);
  EXPECT_EQ(watcher->watch({"", "a", "b"}), 3u);
  EXPECT_EQ(watcher->watch({"", "a", "b"}), 0u);
  fs::rename(t.at("a"), t.at("aside"));
  fs::rename(t.at("b"), t.at("a"));
  fs::rename(t.at("aside"), t.at("b"));
  EXPECT_TRUE(watcher->wait(kPatience).rescan);
  watcher->watch({"", "a", "b"});
  EXPECT_EQ(watcher->watched(), 3u);
  t.write("a/x.py", "1");
  EXPECT_EQ(watcher->wait(kPatience).paths, (Paths{"a/x.py"}));
  // A name that is free again, and taken by a new folder before anybody looked.
  const Tree outside;
  fs::rename(t.at("a"), outside.at("a"));
  t.write("a/y.py", "");
  EXPECT_TRUE(watcher->wait(kPatience).rescan);
  watcher->watch({"", "a", "b"});
  outside.write("a/x.py", "2");
  t.write("a/y.py", "3");
  const Changes changes = watcher->wait(kPatience);
  EXPECT_EQ(changes.paths, (Paths{"a/y.py"}));
  EXPECT_FALSE(changes.rescan);
  EXPECT_TRUE(watcher->idle());
  EXPECT_EQ(watcher->overflows(), 0u);
}

TEST(Watcher, FilesThatAreNeverClosedAreToldToo) {
  const Tree outside;
  outside.write("hard.py", "1");
  const Tree t;
  auto watcher = Watcher::open(t.root());
  ASSERT_TRUE(watcher);
  watcher->watch({""});
  const int open_still = ::open(t.at("open.py").c_str(), O_WRONLY | O_CREAT, 0644);
  EXPECT_TRUE(watcher->idle());  // it comes when it is closed
  fs::create_hard_link(outside.at("hard.py"), t.at("hard.py"));
  fs::create_symlink("hard.py", t.at("soft.py"));
  EXPECT_FALSE(watcher->idle());
  EXPECT_EQ(watcher->wait(kPatience).paths, (Paths{"hard.py", "soft.py"}));
  ::close(open_still);
  EXPECT_EQ(watcher->wait(kPatience).paths, (Paths{"open.py"}));
  chmod(t.at("open.py").c_str(), 0600);
  EXPECT_EQ(watcher->wait(kPatience).paths, (Paths{"open.py"}));
}

TEST(Indexer, ALookFindsContentThatChangedPlaces) {
  const Tree t;
  for (const auto& [path, text] : {std::pair{"a.py", "def a():\n    pass\n"}, {"b.py", "def b():\n    pass\n"}}) {
    t.write(path, text);
    t.set_time(path, 1'000'000);
  }
  Indexer indexer({.root = t.root()});
  ASSERT_TRUE(indexer.rescan());
  fs::rename(t.at("a.py"), t.at("c"));
  fs::rename(t.at("b.py"), t.at("a.py"));
  fs::rename(t.at("c"), t.at("b.py"));
  const auto update = indexer.rescan();
  ASSERT_TRUE(update);
  EXPECT_EQ(update->report.files_parsed, 2u);
  EXPECT_TRUE(update->after->find("function:a.py:b:1"));
  EXPECT_TRUE(update->after->find("function:b.py:a:1"));
}

TEST(Indexer, ALookFindsAWriteThatLeavesSizeAndTime) {
  const Tree t;
  t.write("a.py", "x = 'a'\n");
  Indexer indexer({.root = t.root()});
  ASSERT_TRUE(indexer.rescan());
  for (const char* text :
       {"def b(): 1\n", "def c(): 1\n", "def d(): 1\n", "def e(): 1\n"}) {  // of one size, within milliseconds
    t.write("a.py", text);
    t.set_time("a.py", 1'000'000);
    const auto update = indexer.rescan();
    ASSERT_TRUE(update);
    EXPECT_TRUE(update->after->find(std::string("function:a.py:") + text[4] + ":1")) << text;
  }
}

TEST(Indexer, WhatChangesNothingLeavesTheSnapshot) {
  const Tree t;
  t.write("a.py", "def a():\n    pass\n");
  t.write("notes.txt", "1");
  Indexer indexer({.root = t.root()});
  const auto first = indexer.rescan();
  ASSERT_TRUE(first);
  t.set_time("a.py", 1'000'000);
  t.write("notes.txt", "2");
  for (const auto& update : {indexer.rescan(), indexer.apply({"a.py", "notes.txt", "never.py"})}) {
    ASSERT_TRUE(update);
    EXPECT_EQ(update->after, first->after);
    EXPECT_EQ(update->report.files, 1u);
    EXPECT_EQ(update->report.files_parsed, 0u);
    EXPECT_FALSE(update->reset);
  }
  const auto forced = indexer.rescan(true);
  ASSERT_TRUE(forced);
  EXPECT_NE(forced->after, first->after);
  EXPECT_EQ(forced->report.files_parsed, 1u);
  fs::remove(t.at("a.py"));
  EXPECT_EQ(indexer.apply({"a.py"})->after->node_count(), 0u);
}

}  // namespace
}  // namespace code_graph::index
