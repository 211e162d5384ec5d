"""What all end-to-end tests share. A test file is run as: FILE LOADSTONE [names of tests]."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "truth"))

from loadstone import Tool  # noqa: E402


class Case(unittest.TestCase):
    binary = None

    @classmethod
    def setUpClass(cls):
        cls.tool = Tool(Case.binary)

    @classmethod
    def tearDownClass(cls):
        cls.tool.close()

    def ran(self, run):
        """The run came to its end and accounts for every request. On a busy machine it may say that the generator was
        the limit, and so be invalid; what is counted holds all the same."""
        self.assertIsNotNone(run.result, run)
        limited = run.metrics["generator.limited"] == 1
        self.assertIn(run.code, (0, 3) if limited else (0,), run)
        self.assertEqual(run.balance(), 0, run)
        return run


def main():
    Case.binary = sys.argv.pop(1)
    unittest.main(verbosity=2)
