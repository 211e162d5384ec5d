"""check_tree.py finds each kind of mistake in a small tree, and finds none in a sound one."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import check_tree  # noqa: E402


class CheckTree(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.root = pathlib.Path(self.directory.name)
        self.write("src/net/address.h", "struct Address {};\n")
        self.write("src/net/address.cc", '#include "net/address.h"\n')
        self.write("src/net/address_test.cc", '#include "net/address.h"\n')
        self.write("src/net/testdata/odd.txt", "tabs\t and blanks, " + "TO" + "DO \n no newline")
        self.write("build/ignored.cc", "\t \n")

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def mistakes(self):
        tree = check_tree.Tree(self.root)
        return [problem for check in check_tree.CHECKS for problem in check(tree)]

    def assert_one(self, part):
        found = self.mistakes()
        self.assertEqual(len(found), 1, found)
        self.assertIn(part, found[0])

    def test_a_sound_tree_has_no_mistakes(self):
        self.assertEqual(self.mistakes(), [])

    def test_banned_words_in_file_names(self):
        self.write("docs/misc_notes.md", "x\n")
        self.assert_one("docs/misc_notes.md: 'misc'")

    def test_banned_words_in_type_names(self):
        self.write("src/net/address.h", "struct Address {};\nclass AddressManager final {};\n")
        self.assert_one("AddressManager: 'Manager'")

    def test_a_template_parameter_is_no_type_of_ours(self):
        self.write("src/net/address.h", "template <class Handler>\nvoid f(Handler);\n")
        self.assertEqual(self.mistakes(), [])

    def test_blanks_at_the_end(self):
        self.write("README.md", "one \n")
        self.assert_one("README.md:1: blanks at the end")

    def test_tabs(self):
        self.write("README.md", "a\tb\n")
        self.assert_one("README.md:1: a tab")

    def test_no_newline_at_the_end(self):
        self.write("README.md", "one")
        self.assert_one("README.md: no newline at the end")

    def test_unfinished_work(self):
        self.write("README.md", "TO" + "DO: write it\n")
        self.assert_one("README.md:1: TO" + "DO")

    def test_paths_of_one_machine(self):
        self.write("README.md", "see /home" + "/me/notes, not https://x.org/home/page or build/work/x\n")
        self.assert_one("README.md:1: a path of one machine (/home" + "/m)")

    def test_long_files(self):
        self.write("src/net/address_test.cc", '#include "net/address.h"\n' * 600)
        self.assertEqual(self.mistakes(), [])
        self.write("src/net/address.cc", '#include "net/address.h"\n' * 451)
        self.assert_one("src/net/address.cc: 451 lines")

    def test_a_header_nobody_includes(self):
        self.write("src/net/alone.h", "\n")
        self.assert_one("src/net/alone.h: nobody includes it")

    def test_a_tool_nobody_names(self):
        self.write("tools/alone", "\n")
        self.assert_one("tools/alone: nothing names it")
        self.write("Makefile", "x:\n\ttools/alone\n")
        self.assertEqual(self.mistakes(), [])

    def test_a_corpus_without_a_fuzzer(self):
        self.write("src/net/corpus/address/one", "x")
        self.assert_one("there is no src/net/address_fuzz.cc")

    def test_a_source_without_a_test(self):
        self.write("src/net/tls.cc", "\n")
        self.assert_one("src/net/tls.cc: no test beside it")

    def test_a_source_covered_elsewhere(self):
        self.write("src/net/tls.cc", "\n")
        self.write("tools/covered_elsewhere.txt", "src/net/t*.cc tests/gone_test.cc\n")
        self.write("Makefile", "# tools/covered_elsewhere.txt\n")
        self.assert_one("there is no tests/gone_test.cc")
        self.write("tests/gone_test.cc", "\n")
        self.write("tests/CMakeLists.txt", "gone_test.cc\n")
        self.assertEqual(self.mistakes(), [])


if __name__ == "__main__":
    unittest.main()
