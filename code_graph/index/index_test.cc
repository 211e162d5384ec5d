// Whole trees, written to disk and indexed.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <random>

#include "base/format.h"
#include "code_graph/index/indexer.h"
#include "code_graph/index/live_index.h"

namespace code_graph::index {
namespace {

namespace fs = std::filesystem;
using graph::EdgeType;
using loadstone::format;

class Tree {
 public:
  Tree() {
    std::string pattern = (fs::temp_directory_path() / "code-graph-test-XXXXXX").string();
    root_ = mkdtemp(pattern.data());
  }
  ~Tree() { fs::remove_all(root_); }
  void write(const std::string& path, std::string_view text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path, std::ios::binary) << text;
  }
  void remove(const std::string& path) const { fs::remove_all(root_ / path); }
  [[nodiscard]] const fs::path& root() const { return root_; }

  [[nodiscard]] std::shared_ptr<const graph::Snapshot> index() const {
    Indexer indexer({.root = root_});
    auto update = indexer.rescan();
    EXPECT_TRUE(update);
    return update->after;
  }

 private:
  fs::path root_;
};

std::vector<std::string> edges(const graph::Snapshot& s, EdgeType type) {
  std::vector<std::string> out;
  for (const graph::Edge& e : s.edges()) {
    if (e.type == type) out.push_back(format("{} -> {}", s.id(e.source), s.id(e.target)));
  }
  return out;
}

// Everything a client could see, in order.
std::vector<std::string> contents(const graph::Snapshot& s) {
  std::vector<std::string> out;
  for (graph::NodeIndex n = 0; n < s.node_count(); ++n) {
    out.push_back(format("{} {} {} {} {} {}", s.id(n), s.end_line(n), s.complexity(n), graph::name_of(s.kind(n)),
                         s.qualified_name(n), s.docstring(n)));
  }
  for (const graph::Edge& e : s.edges()) {
    std::string id;
    s.append_edge_id(id, e);
    out.push_back(format("{} {} {}", id, graph::name_of(e.resolution), e.confidence_percent));
  }
  for (const graph::Edge& e : s.candidate_edges())
    out.push_back(format("maybe {} {} {}", s.id(e.source), s.id(e.target), e.line));
  for (const auto& e : s.entry_points()) out.push_back(format("entry {} {}", s.id(e.node), e.score));
  for (const auto& e : s.seams()) out.push_back(format("seam {} {}", e.edge, e.evidence));
  return out;
}

using Strings = std::vector<std::string>;

TEST(Resolve, PythonFollowsImportsReExportsAndBaseClasses) {
  const Tree t;
  t.write("pkg/__init__.py", "from .core import make as create\nfrom . import util\n");
  t.write("pkg/core.py", "class Base:\n    def save(self):\n        pass\n\n\ndef make():\n    return Base()\n");
  t.write("pkg/util.py", "def clean():\n    pass\n");
  t.write("main.py",
          "import pkg\nfrom pkg import create, util\nfrom pkg.core import Base\n\n\nclass Child(Base):\n    def "
          "go(self):\n        self.save()\n"
          "        util.clean()\n        pkg.util.clean()\n\n\ndef run():\n    create()\n    pkg.create()\n    "
          "default()\n    Child().go()\n");
  const auto s = t.index();
  EXPECT_EQ(edges(*s, EdgeType::kCalls), (Strings{"function:main.py:go:7 -> function:pkg/core.py:save:2",
                                                  "function:main.py:go:7 -> function:pkg/util.py:clean:1",
                                                  "function:main.py:go:7 -> function:pkg/util.py:clean:1",
                                                  "function:main.py:run:13 -> class:main.py:Child:6",
                                                  "function:main.py:run:13 -> function:main.py:go:7",
                                                  "function:main.py:run:13 -> function:pkg/core.py:make:6",
                                                  "function:main.py:run:13 -> function:pkg/core.py:make:6",
                                                  "function:pkg/core.py:make:6 -> class:pkg/core.py:Base:1"}));
  EXPECT_EQ(edges(*s, EdgeType::kInherits), (Strings{"class:main.py:Child:6 -> class:pkg/core.py:Base:1"}));
  EXPECT_TRUE(s->find("import:main.py:pkg.core:3"));
}

TEST(Resolve, ShadowedNamesAreNoCalls) {
  const Tree t;
  t.write("a.py",
          "def helper():\n    pass\n\n\ndef f(helper):\n    helper()\n\n\ndef g():\n    for helper in []:\n        "
          "helper()\n\n\ndef h():\n    helper()\n");
  EXPECT_EQ(edges(*t.index(), EdgeType::kCalls), (Strings{"function:a.py:h:14 -> function:a.py:helper:1"}));
}

TEST(Resolve, AUniqueNameIsOnlyACandidate) {
  const Tree t;
  t.write("a.py", "def very_special():\n    pass\n");
  t.write("b.py", "def f(x):\n    x.very_special()\n");
  const auto s = t.index();
  EXPECT_TRUE(edges(*s, EdgeType::kCalls).empty());
  ASSERT_EQ(s->candidate_edges().size(), 0u);  // x is a parameter: nothing is known
  t.write("b.py", "def f():\n    other().very_special()\n");
  const auto again = t.index();
  EXPECT_TRUE(edges(*again, EdgeType::kCalls).empty());
  ASSERT_EQ(again->candidate_edges().size(), 1u);
  EXPECT_LE(again->candidate_edges()[0].confidence_percent, 50);
  EXPECT_EQ(again->candidate_edges()[0].resolution, graph::Resolution::kUniqueName);
}

TEST(Resolve, ScriptsFollowEsAndCommonJsModules) {
  const Tree t;
  t.write("lib/index.js", "export { grow as swell } from './grow.js';\nexport default class Tree { climb() {} }\n");
  t.write("lib/grow.ts", "export const grow = () => 1;\n");
  t.write("old.js", "exports.legacy = function () {};\nmodule.exports.more = helper;\nfunction helper() {}\n");
  t.write("main.js",
          "import Tree, { swell } from './lib';\nconst { legacy, more } = require('./old');\nfunction go() { swell(); "
          "legacy(); more(); const t = new "
          "Tree(); t.climb(); }\n");
  EXPECT_EQ(edges(*t.index(), EdgeType::kCalls), (Strings{"function:main.js:go:3 -> class:lib/index.js:Tree:2",
                                                          "function:main.js:go:3 -> function:lib/grow.ts:grow:1",
                                                          "function:main.js:go:3 -> function:lib/index.js:climb:2",
                                                          "function:main.js:go:3 -> function:old.js:helper:3",
                                                          "function:main.js:go:3 -> function:old.js:legacy:1"}));
}

TEST(Resolve, GoFollowsPackagesAndReceivers) {
  const Tree t;
  t.write("go.mod", "module example.com/app\n\ngo 1.22\n");
  t.write("util/cache.go", "package util\n\ntype Cache struct{}\n\nfunc New() *Cache { return &Cache{} }\n");
  t.write("util/put.go",
          "package util\n\nfunc (c *Cache) Put(k string) { c.check(); note() }\n\nfunc (c *Cache) check() {}\n\nfunc "
          "note() {}\n");
  t.write("main.go",
          "package main\n\nimport \"example.com/app/util\"\n\nfunc main() { c := util.New(); c.Put(\"k\") }\n");
  const auto s = t.index();
  EXPECT_EQ(edges(*s, EdgeType::kCalls), (Strings{"function:main.go:main:5 -> function:util/cache.go:New:5",
                                                  "function:main.go:main:5 -> function:util/put.go:Put:3",
                                                  "function:util/put.go:Put:3 -> function:util/put.go:check:5",
                                                  "function:util/put.go:Put:3 -> function:util/put.go:note:7"}));
  EXPECT_EQ(s->qualified_name(*s->find("function:util/put.go:Put:3")), "Cache.Put");
}

TEST(Resolve, JavaFollowsPackagesFieldsAndOverloads) {
  const Tree t;
  t.write(
      "a/Repo.java",
      "package com.a;\npublic class Repo {\n  public void load(int x) {}\n  public void load(int x, int y) {}\n}\n");
  t.write("b/Service.java",
          "package com.b;\nimport com.a.Repo;\nclass Service extends Base {\n  private Repo repo = new Repo();\n  void "
          "go() { repo.load(1, 2); "
          "shared(); }\n}\n");
  t.write("b/Base.java", "package com.b;\nclass Base { void shared() {} }\n");
  EXPECT_EQ(edges(*t.index(), EdgeType::kCalls),
            (Strings{"class:b/Service.java:Service:3 -> class:a/Repo.java:Repo:2",
                     "function:b/Service.java:go:5 -> function:a/Repo.java:load:4",
                     "function:b/Service.java:go:5 -> function:b/Base.java:shared:2"}));
}

TEST(Resolve, RustFollowsUsesAndImpls) {
  const Tree t;
  t.write("src/main.rs",
          "mod store;\nuse crate::store::Store;\nfn main() { let s = Store::open(); s.put(1); store::sync(); }\n");
  t.write("src/store.rs",
          "pub struct Store {}\nimpl Store {\n  pub fn open() -> Self { Store {} }\n  pub fn put(&self, x: i32) { "
          "sync(); }\n}\npub fn sync() {}\n");
  EXPECT_EQ(edges(*t.index(), EdgeType::kCalls),
            (Strings{"function:src/main.rs:main:3 -> function:src/store.rs:open:3",
                     "function:src/main.rs:main:3 -> function:src/store.rs:put:4",
                     "function:src/main.rs:main:3 -> function:src/store.rs:sync:6",
                     "function:src/store.rs:put:4 -> function:src/store.rs:sync:6"}));
}

TEST(Resolve, CAndCppSeeWhatTheyInclude) {
  const Tree t;
  t.write("shape.h", "namespace geo {\nclass Shape {\n public:\n  int area();\n};\nint twice(int x);\n}\n");
  t.write("shape.cpp",
          "#include \"shape.h\"\nnamespace geo {\nint Shape::area() { return twice(1); }\nint twice(int x) { return x; "
          "}\n}\n");
  t.write("main.cpp", "#include \"shape.h\"\nint main() { geo::Shape s; return s.area() + geo::twice(2); }\n");
  t.write("other.cpp", "int stranger() { return twice(2); }\n");
  EXPECT_EQ(edges(*t.index(), EdgeType::kCalls), (Strings{"function:main.cpp:main:2 -> function:shape.cpp:area:3",
                                                          "function:main.cpp:main:2 -> function:shape.cpp:twice:4",
                                                          "function:shape.cpp:area:3 -> function:shape.cpp:twice:4"}));
}

TEST(Resolve, LuaRubyPhpAndShellFindTheirFiles) {
  const Tree t;
  t.write("lib/store.lua", "local M = {}\nfunction M.open() end\nreturn M\n");
  t.write("main.lua", "local store = require('lib.store')\nlocal function go() store.open() end\n");
  t.write("lib.sh", "greet() { echo hi; }\n");
  t.write("run.sh", ". ./lib.sh\ngreet\n");
  t.write("store.rb", "class Store\n  def open(x)\n  end\nend\n");
  t.write("use.rb", "require_relative 'store'\ndef go\n  s = Store.new\n  s.open(1)\nend\n");
  t.write("A.php", "<?php\nnamespace Acme;\nclass A { public static function make() {} public function run() {} }\n");
  t.write("b.php", "<?php\nuse Acme\\A;\nfunction go() { $a = new A(); $a->run(); A::make(); }\n");
  EXPECT_EQ(
      edges(*t.index(), EdgeType::kCalls),
      (Strings{"file:run.sh -> function:lib.sh:greet:1", "function:b.php:go:3 -> class:A.php:A:3",
               "function:b.php:go:3 -> function:A.php:make:3", "function:b.php:go:3 -> function:A.php:run:3",
               "function:main.lua:go:2 -> function:lib/store.lua:open:2",
               "function:use.rb:go:2 -> class:store.rb:Store:1", "function:use.rb:go:2 -> function:store.rb:open:2"}));
}

TEST(Seams, NeedBothEndsAndTwoLanguages) {
  const Tree t;
  t.write("api.py",
          "@app.get('/api/users/{id}')\ndef user(id):\n    pass\n\n\n@app.post('/api/users/{id}')\ndef save(id):\n    "
          "pass\n");
  t.write("web.js", "function load(id) { fetch(`/api/users/${id}`); fetch('/api/nowhere'); }\n");
  t.write("client.py", "import requests\n\n\ndef same():\n    requests.get('http://x/api/users/3')\n");
  t.write("tools/job.py", "print(1)\n");
  t.write("run.js", "function start() { child_process.spawn('python3', ['tools/job.py']); }\n");
  t.write("native.c", "int fast_add(int a) { return a; }\n");
  t.write("bind.py", "import ctypes\nlib = ctypes.CDLL('./native.so')\n\n\ndef add():\n    lib.fast_add(1)\n");
  const auto s = t.index();
  EXPECT_EQ(edges(*s, EdgeType::kSeam), (Strings{"function:bind.py:add:5 -> function:native.c:fast_add:1",
                                                 "function:run.js:start:1 -> file:tools/job.py",
                                                 "function:web.js:load:1 -> function:api.py:user:2"}));
  ASSERT_EQ(s->seams().size(), 3u);
}

TEST(Seams, EntryPointsAreOnePerNode) {
  const Tree t;
  t.write("app.py", "def main():\n    pass\n\n\nif __name__ == '__main__':\n    main()\n");
  t.write("m.go", "package main\n\nfunc main() {}\n");
  const auto s = t.index();
  ASSERT_EQ(s->entry_points().size(), 3u);
  EXPECT_EQ(s->id(s->entry_points()[0].node), "function:app.py:main:1");
  EXPECT_EQ(s->id(s->entry_points()[1].node), "function:m.go:main:3");
  EXPECT_EQ(s->id(s->entry_points()[2].node), "file:app.py");
}

TEST(Index, ReportsWhatItSkips) {
  const Tree t;
  t.write("good.py", "def f():\n    pass\n");
  t.write("binary.py", std::string("a\0b", 3));
  t.write("huge.py", std::string(kMaxFileBytes + 1, '#'));
  t.write("latin.py", "def caf\xE9():\n    '''\xE9t\xE9'''\n");
  t.write("empty.py", "");
  t.write("broken.py", "def f(:\n  class class\n");
  t.write("deep.py", std::string(20'000, '(') + "1" + std::string(20'000, ')') + "\n");
  t.write("node_modules/x/index.js", "function no() {}\n");
  t.write("target/y.rs", "fn no() {}\n");
  fs::create_symlink("/usr/bin", t.root() / "outside");
  fs::create_symlink(t.root() / "good.py", t.root() / "link.py");
  Indexer indexer({.root = t.root()});
  const auto update = indexer.rescan();
  ASSERT_TRUE(update);
  Strings skipped;
  for (const Skipped& s : update->report.skipped) skipped.push_back(format("{} {}", s.path, name_of(s.reason)));
  EXPECT_EQ(skipped, (Strings{"binary.py binary", "huge.py too large", "link.py link"}));
  EXPECT_EQ(update->report.files, 5u);
  EXPECT_EQ(update->report.broken, (Strings{"broken.py", "deep.py"}));
  const auto latin = update->after->find("function:latin.py:caf\xC3\xA9:1");
  ASSERT_TRUE(latin);
  EXPECT_EQ(update->after->docstring(*latin), "\xC3\xA9t\xC3\xA9");
}

TEST(Index, AMissingRootIsAnError) {
  Indexer indexer({.root = "/nonexistent/tree"});
  const auto update = indexer.rescan();
  ASSERT_FALSE(update);
  EXPECT_EQ(update.error().code, loadstone::ErrorCode::kNotFound);
}

TEST(Index, GivesTheSameGraphWithAnyNumberOfThreads) {
  const Tree t;
  for (int i = 0; i < 60; ++i)
    t.write(format("m{}.py", i),
            format("from m{} import f{} as g\n\n\ndef f{}():\n    g()\n", (i + 1) % 60, (i + 1) % 60, i));
  Indexer one({.root = t.root(), .threads = 1});
  Indexer four({.root = t.root(), .threads = 4});
  const auto a = one.rescan();
  const auto b = four.rescan();
  EXPECT_EQ(contents(*a->after), contents(*b->after));
  EXPECT_EQ(a->after->count(EdgeType::kCalls), 60u);
}

// What the service this one replaces got wrong, one test each.

TEST(Regression, ALanguageWithoutAGrammarKeepsItsFile) {
  const Tree t;
  t.write("a.dart", "void main() {}\n");
  t.write("b.pl", "sub f {}\n");
  const auto s = t.index();
  EXPECT_TRUE(s->find("file:a.dart"));
  EXPECT_TRUE(s->find("file:b.pl"));
  EXPECT_EQ(s->file(*s->find("file:a.dart")).lines, 1u);
}

TEST(Regression, TheInnermostFunctionCalls) {
  const Tree t;
  t.write("a.py", "def target():\n    pass\n\n\ndef outer():\n    def inner():\n        target()\n    return inner\n");
  EXPECT_EQ(edges(*t.index(), EdgeType::kCalls), (Strings{"function:a.py:inner:6 -> function:a.py:target:1"}));
}

TEST(Regression, MethodsHangUnderTheirClass) {
  const Tree t;
  t.write("a.ts", "export class C { m() {} n = () => 1; }\n");
  t.write("b.go", "package b\n\ntype T struct{}\n\nfunc (t T) M() {}\n");
  const auto s = t.index();
  EXPECT_EQ(
      edges(*s, EdgeType::kContains),
      (Strings{"class:a.ts:C:1 -> function:a.ts:m:1", "class:a.ts:C:1 -> function:a.ts:n:1",
               "class:b.go:T:3 -> function:b.go:M:5", "file:a.ts -> class:a.ts:C:1", "file:b.go -> class:b.go:T:3"}));
  EXPECT_EQ(s->type(*s->find("function:a.ts:m:1")), graph::NodeType::kFunction);
  EXPECT_EQ(s->kind(*s->find("function:a.ts:m:1")), graph::NodeKind::kMethod);
}

TEST(Regression, ImportEdgesEndAtNodes) {
  const Tree t;
  t.write("a.py", "import os\nfrom b import f\n");
  t.write("b.py", "def f():\n    pass\n");
  EXPECT_EQ(edges(*t.index(), EdgeType::kImports),
            (Strings{"file:a.py -> file:b.py", "file:a.py -> function:b.py:f:1", "file:a.py -> import:a.py:os:1"}));
}

TEST(Regression, WordsInTextAreNoCallsAndNoBranches) {
  const Tree t;
  t.write("a.js",
          "export default function go(x) {\n  // if (x) { helper(); }\n  return 'if while for ? helper()' + "
          "x?.y;\n}\nfunction helper() {}\n");
  const auto s = t.index();
  EXPECT_TRUE(edges(*s, EdgeType::kCalls).empty());
  EXPECT_EQ(s->complexity(*s->find("function:a.js:go:1")), 1u);
  EXPECT_EQ(s->name(*s->find("function:a.js:go:1")), "go");
}

TEST(Regression, ElifExceptAndLogicCount) {
  const Tree t;
  t.write("a.py",
          "def f(a):\n    if a and a or a: pass\n    elif a: pass\n    try: pass\n    except E: pass\n    return [x "
          "for x in a if x]\n");
  const auto s = t.index();
  EXPECT_EQ(s->complexity(*s->find("function:a.py:f:1")), 7u);
}

std::string random_module(std::mt19937& random, int modules) {
  std::string text;
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  for (int i = pick(4); i > 0; --i) text += format("from m{} import f{}, C\n", pick(modules), pick(5));
  text += format("import m{}\n", pick(modules));
  for (int i = 0; i < 5; ++i) {
    if (pick(4) == 0) continue;
    text += format("\n\ndef f{}(x):\n    \"\"\"Doc {}.\"\"\"\n    f{}(1)\n    m{}.f{}(x)\n    if x: C().go()\n", i,
                   pick(9), pick(5), pick(modules), pick(5));
  }
  if (pick(2) == 0)
    text += format("\n\nclass C{}:\n    def go(self):\n        self.stop()\n    def stop(self): f{}(2)\n",
                   pick(2) ? "" : "(m1.C)", pick(5));
  return text;
}

TEST(Index, UpdatesEndInTheGraphOfAFreshIndex) {
  std::mt19937 random(11);
  const Tree t;
  constexpr int kModules = 24;
  for (int i = 0; i < kModules; ++i) t.write(format("m{}.py", i), random_module(random, kModules));
  Indexer indexer({.root = t.root(), .max_changes = 1'000'000});
  ASSERT_TRUE(indexer.rescan());
  for (int round = 0; round < 40; ++round) {
    Strings changed;
    for (int i = 0; i < 1 + static_cast<int>(random() % 4); ++i) {
      const std::string path = format("m{}.py", random() % kModules);
      switch (random() % 5) {
        case 0:
          t.remove(path);
          break;
        case 1: {
          const std::string to = format("sub/m{}.py", random() % kModules);
          fs::create_directories(t.root() / "sub");
          std::error_code none;
          fs::rename(t.root() / path, t.root() / to, none);
          changed.push_back(to);
          break;
        }
        default:
          t.write(path, random_module(random, kModules));
      }
      changed.push_back(path);
    }
    const auto before = indexer.snapshot();
    const auto update = indexer.apply(changed);
    ASSERT_TRUE(update);
    const auto fresh = t.index();
    ASSERT_EQ(contents(*update->after), contents(*fresh)) << "round " << round;
    // The changes, applied to the ids of before, give those of after.
    std::multiset<std::string> ids;
    for (graph::NodeIndex n = 0; n < before->node_count(); ++n) ids.emplace(before->id(n));
    for (const auto n : update->changes.deleted_nodes) ids.erase(ids.find(std::string(before->id(n))));
    for (const auto n : update->changes.added_nodes) ids.emplace(update->after->id(n));
    std::multiset<std::string> expected;
    for (graph::NodeIndex n = 0; n < fresh->node_count(); ++n) expected.emplace(fresh->id(n));
    ASSERT_EQ(ids, expected);
  }
}

// Collects updates of a LiveIndex and waits for what they say.
class Inbox {
 public:
  LiveIndex::Listener listener() {
    return {.updated = [this](const Update& u) {
      const std::lock_guard lock(mutex_);
      last_ = u.after;
      ++count_;
      changed_.notify_all();
    }};
  }
  template <class Condition>
  bool wait(Condition condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return last_ != nullptr && condition(*last_); });
  }
  std::shared_ptr<const graph::Snapshot> last() {
    const std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<const graph::Snapshot> last_;
  int count_ = 0;
};

TEST(LiveIndex, FollowsTheTree) {
  const Tree t;
  t.write("a.py", "def f():\n    pass\n");
  Inbox inbox;
  LiveIndex live({.root = t.root()}, inbox.listener());
  ASSERT_TRUE(inbox.wait([](const auto& s) { return s.find("function:a.py:f:1").has_value(); }));
  t.write("a.py", "def g():\n    pass\n");
  EXPECT_TRUE(inbox.wait([](const auto& s) { return s.find("function:a.py:g:1") && !s.find("function:a.py:f:1"); }));
  t.write("new/deep/b.py", "def h():\n    pass\n");
  EXPECT_TRUE(inbox.wait([](const auto& s) { return s.find("function:new/deep/b.py:h:1").has_value(); }));
  t.write("new/deep/b.py", "def i():\n    pass\n");
  EXPECT_TRUE(inbox.wait([](const auto& s) { return s.find("function:new/deep/b.py:i:1").has_value(); }));
  fs::rename(t.root() / "new", t.root() / "moved");
  EXPECT_TRUE(inbox.wait(
      [](const auto& s) { return s.find("function:moved/deep/b.py:i:1") && !s.find("file:new/deep/b.py"); }));
  t.write(".gitignore", "a.py\n");
  EXPECT_TRUE(inbox.wait([](const auto& s) { return !s.find("file:a.py"); }));
  t.remove("moved");
  EXPECT_TRUE(inbox.wait([](const auto& s) { return s.node_count() == 0; }));
}

TEST(LiveIndex, AThousandFilesAtOnceEndInTheGraphOfAFreshIndex) {
  const Tree t;
  t.write("seed.py", "def seed():\n    pass\n");
  Inbox inbox;
  LiveIndex live({.root = t.root()}, inbox.listener());
  ASSERT_TRUE(inbox.wait([](const auto& s) { return s.node_count() > 0; }));
  for (int i = 0; i < 1000; ++i)
    t.write(format("d{}/m{}.py", i % 10, i), format("from seed import seed\n\n\ndef f{}():\n    seed()\n", i));
  ASSERT_TRUE(inbox.wait(
      [](const auto& s) { return s.count(graph::NodeType::kModule) == 1001 && s.count(EdgeType::kCalls) == 1000; }));
  EXPECT_EQ(contents(*inbox.last()), contents(*t.index()));
}

TEST(LiveIndex, ReindexesWhenAsked) {
  const Tree t;
  t.write("a.py", "def f():\n    pass\n");
  Inbox inbox;
  LiveIndex live({.root = t.root()}, inbox.listener(), false);
  ASSERT_TRUE(inbox.wait([](const auto& s) { return s.node_count() == 2; }));
  t.write("b.py", "def g():\n    pass\n");
  std::mutex mutex;
  std::condition_variable answered;
  std::size_t parsed = 0;
  live.reindex([&](const loadstone::Result<Update>& u) {
    const std::lock_guard lock(mutex);
    parsed = u->report.files_parsed;
    answered.notify_all();
  });
  std::unique_lock lock(mutex);
  EXPECT_TRUE(answered.wait_for(lock, std::chrono::seconds(20), [&] { return parsed > 0; }));
  EXPECT_EQ(parsed, 2u);
}

}  // namespace
}  // namespace code_graph::index
