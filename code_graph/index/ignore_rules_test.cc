#include "code_graph/index/ignore_rules.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>

namespace code_graph::index {
namespace {

namespace fs = std::filesystem;

TEST(IgnoreFile, LastMatchingLineDecides) {
  const IgnoreFile file = IgnoreFile::parse("# comment\n*.log\n!keep.log\n/top\nbuild/\n\\!odd\nspace\\ \na/**/z\n");
  using enum IgnoreFile::Answer;
  EXPECT_EQ(file.answer("x/y.log", false), kIgnored);
  EXPECT_EQ(file.answer("x/keep.log", false), kKept);
  EXPECT_EQ(file.answer("top", false), kIgnored);
  EXPECT_EQ(file.answer("x/top", false), kUnsaid);
  EXPECT_EQ(file.answer("x/build", true), kIgnored);
  EXPECT_EQ(file.answer("x/build", false), kUnsaid);
  EXPECT_EQ(file.answer("!odd", false), kIgnored);
  EXPECT_EQ(file.answer("space ", false), kIgnored);
  EXPECT_EQ(file.answer("a/z", false), kIgnored);
  EXPECT_EQ(file.answer("a/b/c/z", false), kIgnored);
}

TEST(IgnoreRules, SkipsWhatOthersMadeUnlessToldOtherwise) {
  const IgnoreRules none;
  EXPECT_TRUE(none.ignores("a/node_modules", true));
  EXPECT_TRUE(none.ignores("target", true));
  EXPECT_FALSE(none.ignores("target", false));
  EXPECT_TRUE(none.ignores("x/.git", true));
  const IgnoreRules told = none.inside("", IgnoreFile::parse("!target\n!.git\n"));
  EXPECT_FALSE(told.ignores("target", true));
  EXPECT_TRUE(told.ignores(".git", true));
}

TEST(IgnoreRules, LeavesOutLanguagesByName) {
  const IgnoreRules rules =
      IgnoreRules().inside("", IgnoreFile::parse("language: python\nlanguage:C++\nlanguage: klingon\n"));
  EXPECT_TRUE(rules.ignores(graph::Language::kPython));
  EXPECT_TRUE(rules.ignores(graph::Language::kCpp));
  EXPECT_FALSE(rules.ignores(graph::Language::kC));
}

TEST(IgnoreRules, AHostilePatternEnds) {
  std::string stars;
  for (int i = 0; i < 60; ++i) stars += "*a";
  EXPECT_FALSE(matches_glob(stars + "b", std::string(200, 'a')));
}

// Random trees and random ignore files in several folders: git says the same of every path.
TEST(IgnoreRules, AgreesWithGit) {
  if (std::system("git --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "git is not installed";
  std::mt19937 random(5);
  const auto pick = [&](auto&& list) { return list[random() % std::size(list)]; };
  const std::string names[] = {"a", "b", "ab", "a.o", "b.log", "x-y", "c1", "c2"};
  const std::string pieces[] = {"a",     "b",    "ab",   "*",      "**",  "?",  "a*", "*.o",
                                "*.log", "[ab]", "[!a]", "c[0-9]", "x-y", "*b", "c?"};
  for (int round = 0; round < 25; ++round) {
    std::string pattern = (fs::temp_directory_path() / "ignore-test-XXXXXX").string();
    const fs::path root = mkdtemp(pattern.data());
    std::set<std::string> folders{""};
    std::set<std::string> files;
    for (int i = 0; i < 60; ++i) {
      std::string path;
      for (unsigned depth = random() % 4; depth > 0; --depth) path += pick(names) + "/";
      std::error_code error;
      fs::create_directories(root / path, error);
      if (error || !fs::is_directory(root / path)) continue;
      const std::string file = path + pick(names);
      if (!fs::exists(root / file)) std::ofstream(root / file) << "x";
    }
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      const std::string path = fs::relative(entry.path(), root).string();
      (entry.is_directory() ? folders : files).insert(path);
    }
    std::map<std::string, std::string> ignore_files;
    for (const std::string& folder : folders) {
      if (!folder.empty() && random() % 4 != 0) continue;
      std::string text;
      for (unsigned n = 1 + random() % 4; n > 0; --n) {
        std::string line = random() % 3 == 0 ? "!" : "";
        if (random() % 4 == 0) line += '/';
        line += pick(pieces);
        for (unsigned more = random() % 3; more > 0; --more) line += "/" + pick(pieces);
        if (random() % 4 == 0) line += '/';
        text += line + "\n";
      }
      ignore_files[folder] = text;
      std::ofstream(root / folder / ".gitignore") << text;
    }
    // Our answer, as the walk would find it.
    std::set<std::string> ours;
    const std::function<void(const std::string&, IgnoreRules, bool)> walk = [&](const std::string& folder,
                                                                                IgnoreRules rules, bool inside) {
      if (const auto file = ignore_files.find(folder); file != ignore_files.end() && !inside) {
        rules = rules.inside(folder, IgnoreFile::parse(file->second));
      }
      const auto below = [&](const std::string& path) {
        const std::size_t slash = path.find_last_of('/');
        return !path.empty() && (slash == std::string::npos ? "" : path.substr(0, slash)) == folder;
      };
      for (const std::string& f : files) {
        if (below(f) && (inside || rules.ignores(f, false))) ours.insert(f);
      }
      for (const std::string& d : folders) {
        if (!below(d)) continue;
        const bool ignored = inside || rules.ignores(d, true);
        if (ignored) ours.insert(d);
        walk(d, rules, ignored);
      }
    };
    walk("", {}, false);

    std::ofstream list(root / ".list");
    for (const std::string& path : files) list << path << "\n";
    for (const std::string& path : folders) {
      if (!path.empty()) list << path << "\n";
    }
    list.close();
    const std::string command =
        "cd " + root.string() + " && git init -q . && git check-ignore --no-index --stdin < .list";
    std::set<std::string> theirs;
    FILE* git = popen(command.c_str(), "r");
    ASSERT_NE(git, nullptr);
    char line[4096];
    while (fgets(line, sizeof line, git) != nullptr) {
      std::string path = line;
      path.pop_back();
      theirs.insert(path);
    }
    pclose(git);
    std::string rules_text;
    for (const auto& [folder, text] : ignore_files) rules_text += "in " + folder + ":\n" + text;
    EXPECT_EQ(ours, theirs) << rules_text;
    fs::remove_all(root);
  }
}

}  // namespace
}  // namespace code_graph::index
