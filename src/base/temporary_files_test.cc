#include "base/temporary_files.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace loadstone {
namespace {

namespace fs = std::filesystem;

class TemporaryFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "temporary_files_XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
  }
  void TearDown() override { fs::remove_all(root_); }
  [[nodiscard]] std::string path(const std::string& name) const { return root_ + "/" + name; }
  [[nodiscard]] std::string content(const std::string& name) const {
    std::ifstream in(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string root_;
};

TEST_F(TemporaryFilesTest, WhatItHasMadeGoesAwayAndNothingElse) {
  std::ofstream(path("old")) << "a longer text";
  {
    TemporaryFiles files;
    ASSERT_TRUE(files.write(path("new"), "one"));
    ASSERT_TRUE(files.write(path("new"), "two"));
    ASSERT_TRUE(files.write(path("old"), "short"));
    ASSERT_TRUE(files.write(path("a/b/deep"), ""));
    EXPECT_EQ(content("new"), "two");
    EXPECT_TRUE(fs::exists(path("a/b/deep")));
  }
  EXPECT_FALSE(fs::exists(path("new")));
  EXPECT_EQ(content("old"), "short");
  EXPECT_FALSE(fs::exists(path("a")));
}

TEST_F(TemporaryFilesTest, AFolderThatSomebodyUsesStays) {
  TemporaryFiles files;
  ASSERT_TRUE(files.write(path("a/mine"), "x"));
  std::ofstream(path("a/theirs")) << "y";
  files.remove_all();
  EXPECT_FALSE(fs::exists(path("a/mine")));
  EXPECT_TRUE(fs::exists(path("a/theirs")));
}

TEST_F(TemporaryFilesTest, TheOldestGoesWhenThereAreTooMany) {
  TemporaryFiles files;
  for (std::size_t i = 0; i <= TemporaryFiles::kMost; ++i) ASSERT_TRUE(files.write(path(std::to_string(i)), ""));
  EXPECT_FALSE(fs::exists(path("0")));
  EXPECT_TRUE(fs::exists(path("1")));
}

TEST_F(TemporaryFilesTest, WhatCannotBeWrittenIsSaid) {
  TemporaryFiles files;
  fs::create_directory(path("folder"));
  fs::create_symlink("/dev/null", path("link"));
  for (const char* bad : {"folder", "link"}) {
    const auto status = files.write(path(bad), "x");
    ASSERT_FALSE(status) << bad;
    EXPECT_EQ(status.error().message.substr(0, 12), "cannot write") << bad;
  }
  std::ofstream(path("file")) << "x";
  EXPECT_FALSE(files.write(path("file/x"), "x"));
  EXPECT_EQ(content("file"), "x");
}

}  // namespace
}  // namespace loadstone
