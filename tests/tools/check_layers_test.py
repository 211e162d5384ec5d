"""check_layers.py finds each kind of mistake in a small tree, and finds none in a sound one."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import check_layers  # noqa: E402

TABLE = """
<!-- layers -->
| folder | may include | door of |
| --- | --- | --- |
| base | — | fmt |
| net | base | liburing |
| serve | base | Boost.Beast |
| code_graph/graph | base | — |
| code_graph/api | base, code_graph/graph | — |
| cli | every folder above | CLI11 |
<!-- end of layers -->
"""


class CheckLayers(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.root = pathlib.Path(self.directory.name)
        self.write("docs/architecture.md", TABLE)
        self.write("src/CMakeLists.txt", "loadstone_folder(base LIBRARIES fmt::fmt)\nloadstone_folder(net FOLDERS base LIBRARIES x)\n"
                   "loadstone_folder(cli FOLDERS base net)\n")
        self.write("serve/CMakeLists.txt", "loadstone_folder(serve FOLDERS base)\n")
        self.write("code_graph/CMakeLists.txt", "loadstone_folder(graph FOLDERS base)\nloadstone_folder(api FOLDERS base graph)\n")
        self.write("src/base/format.h", "#include <fmt/format.h>\n#include <string>\n")
        self.write("src/net/reactor.h", '#include <liburing.h>\n#include "base/format.h"\n')
        self.write("src/cli/run.cc", '#include "net/reactor.h"\n#include <CLI/CLI.hpp>\n')
        self.write("src/main.cc", '#include "cli/run.h"\n')

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def mistakes(self):
        table, wrong = check_layers.read_table((self.root / "docs/architecture.md").read_text())
        return wrong + check_layers.check_includes(self.root, table) + check_layers.check_cmake(self.root, table)

    def test_a_sound_tree_has_no_mistakes(self):
        self.assertEqual(self.mistakes(), [])

    def test_including_upwards_is_a_mistake(self):
        self.write("src/base/clock.cc", '#include "net/reactor.h"\n')
        self.assertEqual(self.mistakes(), ["src/base/clock.cc:1: base may not include net (net/reactor.h)"])

    def test_a_library_has_one_door(self):
        self.write("src/cli/ring.cc", "#include <liburing.h>\n")
        self.assertEqual(self.mistakes(), ["src/cli/ring.cc:1: cli includes <liburing.h>, but is no door of liburing"])

    def test_a_test_may_use_any_library_but_no_other_folder(self):
        self.write("src/base/clock_test.cc", '#include <gtest/gtest.h>\n#include <CLI/CLI.hpp>\n#include "net/reactor.h"\n')
        self.assertEqual(self.mistakes(), ["src/base/clock_test.cc:3: base may not include net (net/reactor.h)"])

    def test_only_tests_include_the_test_library(self):
        self.write("src/base/clock.cc", "#include <gtest/gtest.h>\n")
        self.assertEqual(self.mistakes(), ["src/base/clock.cc:1: only *_test.cc includes gtest/gtest.h"])

    def test_the_service_uses_nothing_of_loadstone_but_base(self):
        self.write("code_graph/api/stats.cc", '#include "code_graph/graph/nodes.h"\n#include "net/reactor.h"\n')
        self.write("code_graph/graph/nodes.h", "")
        self.assertEqual(self.mistakes(), ["code_graph/api/stats.cc:2: code_graph/api may not include net (net/reactor.h)"])

    def test_an_include_names_the_whole_path(self):
        self.write("src/net/socket.cc", '#include "reactor.h"\n')
        self.assertIn("write the whole path", self.mistakes()[0])

    def test_a_folder_without_a_row_is_a_mistake(self):
        self.write("src/misc/x.cc", "")
        self.assertEqual(self.mistakes(), ["src/misc/x.cc: its folder has no row in the table"])

    def test_cmake_and_the_table_agree(self):
        self.write("serve/CMakeLists.txt", "loadstone_folder(serve)\nloadstone_folder(extra FOLDERS base)\n")
        self.write("src/CMakeLists.txt", "loadstone_folder(base FOLDERS net)\nloadstone_folder(net FOLDERS base)\n")
        self.assertEqual(self.mistakes(), [
            "src/CMakeLists.txt: base lists net; its row does not",
            "serve/CMakeLists.txt: the row of serve has base; CMake does not",
            "serve/CMakeLists.txt: extra has no row in the table",
            "docs/architecture.md: the table has cli, CMake does not",
        ])

    def test_rows_refer_to_rows_above(self):
        self.write("docs/architecture.md", TABLE.replace("| base | — |", "| base | net |"))
        self.assertIn("base may include net, which has no row above it", self.mistakes())

    def test_a_missing_table_is_a_mistake(self):
        self.assertEqual(check_layers.read_table("nothing")[0], {})
        self.assertEqual(len(check_layers.read_table("nothing")[1]), 1)


if __name__ == "__main__":
    unittest.main()
