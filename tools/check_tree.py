#!/usr/bin/env python3
"""Keeps the tree tidy: names, tests beside the code, orphans, blanks, length, words that must not stay.

Each check is a function from a Tree to the mistakes it found; tests/tools/check_tree_test.py breaks each rule once.
"""

import fnmatch
import os
import pathlib
import re
import sys

SKIPPED = {".git", ".cache", "build", "node_modules", "results", "__pycache__"}
INPUTS = {"testdata", "corpus"}  # what tests and fuzzers read: any bytes are right there
TEXT = {".cc", ".h", ".py", ".md", ".yaml", ".yml", ".json", ".cmake", ".txt", ".sh", ".html", ".css", ".js", ".ts", ".tsx", ".mts", ""}
CODE = {".cc", ".h"}

BANNED = ("manager", "helper", "helpers", "util", "utils", "impl", "common", "misc", "data", "info", "context", "handler")
# A declared type; a template's parameter, followed by one of ">,=", is none.
BANNED_TYPE = re.compile(r"\b(?:class|struct|enum class|enum|concept)\s+(?:\[\[\w+\]\]\s*)?(\w+)\b(?!\s*[>,=])")
TYPE_WORD = re.compile(r"[A-Z][a-z0-9]*")
LONGEST_SOURCE = 450  # lines; over it, ask which two files it is
LONGEST_TEST = 600
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")
MACHINE_PATH = re.compile(r"(?<![\w.-])/(?:work|root|home)/\w")


class Tree:
    """The files below `root`, relative to it, without what is built, fetched or ignored."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.files = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(name for name in folders if name not in SKIPPED)
            self.files += [pathlib.Path(folder, name).relative_to(self.root) for name in sorted(names) if name not in SKIPPED]
        self.texts = {}

    def text(self, path):
        if path not in self.texts:
            self.texts[path] = (self.root / path).read_text(errors="replace")
        return self.texts[path]

    def authored(self):
        """Text written by people: not inputs, not what a tool generates."""
        return [f for f in self.files if f.suffix in TEXT and not INPUTS & set(f.parts) and f.name != "package-lock.json"]

    def code(self, *tops):
        return [f for f in self.authored() if f.suffix in CODE and (not tops or f.parts[0] in tops)]


def is_test(path):
    return path.stem.endswith(("_test", "_fuzz", "_bench", "_for_test")) or path.parts[0] == "tests"


def check_names(tree):
    for path in tree.files:
        if INPUTS & set(path.parts):
            continue
        for part in path.with_suffix("").parts:
            for word in re.split(r"[_-]", part):
                if word in BANNED:
                    yield f"{path}: '{word}' says what role it plays, not what it is"
    for path in tree.code("src", "serve", "code_graph", "tests", "tools"):
        for name in BANNED_TYPE.findall(tree.text(path)):
            for word in TYPE_WORD.findall(name):
                if word.lower() in BANNED:
                    yield f"{path}: {name}: '{word}' says what role it plays, not what it is"


def check_text(tree):
    for path in tree.authored():
        text = tree.text(path)
        if text and not text.endswith("\n"):
            yield f"{path}: no newline at the end"
        for number, line in enumerate(text.splitlines(), 1):
            where = f"{path}:{number}"
            if line != line.rstrip():
                yield f"{where}: blanks at the end"
            if "\t" in line and path.name != "Makefile":
                yield f"{where}: a tab"
            if match := UNFINISHED.search(line):
                yield f"{where}: {match.group(1)}: finish it, or write it where work is planned"
            if match := MACHINE_PATH.search(line):
                yield f"{where}: a path of one machine ({match.group(0)})"


def check_length(tree):
    for path in tree.code():
        lines = tree.text(path).count("\n")
        longest = LONGEST_TEST if is_test(path) else LONGEST_SOURCE
        if lines > longest:
            yield f"{path}: {lines} lines (at most {longest}): which two files is it?"


def check_orphans(tree):
    """A header nobody includes, an input nobody reads, a test or tool nobody calls."""
    everything = {f: tree.text(f) for f in tree.authored()}
    included = set(re.findall(r'#\s*include\s*"([^"]+)"', "\n".join(everything[f] for f in tree.code())))
    for path in tree.code():
        spelt = path.relative_to("src") if path.parts[0] == "src" else path
        if path.suffix == ".h" and str(spelt) not in included:
            yield f"{path}: nobody includes it"
    for path in tree.authored():
        called = path.parts[0] == "tools" or (path.parts[0] == "tests" and path.suffix in (".cc", ".py", ".sh"))
        if not called or path.name == "CMakeLists.txt":
            continue
        needle = path.stem.removesuffix("_test") if path.suffix == ".py" else path.name
        if not any(needle in text for file, text in everything.items() if file != path):
            yield f"{path}: nothing names it"
    for path in tree.files:
        if "corpus" in path.parts:
            at = path.parts.index("corpus")
            if len(path.parts) > at + 2:
                fuzzer = pathlib.Path(*path.parts[:at], f"{path.parts[at + 1]}_fuzz.cc")
                if fuzzer not in tree.files:
                    yield f"{path}: there is no {fuzzer}"


def covered_elsewhere(tree):
    """tools/covered_elsewhere.txt: a pattern of sources and the test that covers them; -> (pairs, mistakes)"""
    path = pathlib.Path("tools/covered_elsewhere.txt")
    pairs, wrong = [], []
    if path not in tree.files:
        return pairs, wrong
    for number, line in enumerate(tree.text(path).splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        pattern, test = line.split()
        if not any(fnmatch.fnmatch(str(f), pattern) for f in tree.files):
            wrong.append(f"{path}:{number}: no file matches {pattern}")
        if pathlib.Path(test) not in tree.files:
            wrong.append(f"{path}:{number}: there is no {test}")
        pairs.append(pattern)
    return pairs, wrong


def check_tests(tree):
    """x.cc is tested by a test of its folder that has its name, the beginning of its name, or includes x.h."""
    patterns, wrong = covered_elsewhere(tree)
    yield from wrong
    tests = {}
    for path in tree.code("src", "serve", "code_graph"):
        if path.stem.endswith(("_test", "_fuzz")):
            tests.setdefault(path.parent, []).append(path)
    for path in tree.code("src", "serve", "code_graph"):
        if path.suffix != ".cc" or is_test(path) or path.name == "main.cc":
            continue
        spelt = path.relative_to("src") if path.parts[0] == "src" else path
        beside = tests.get(path.parent, [])
        names = {test.stem.removesuffix("_test").removesuffix("_fuzz") for test in beside}
        header = f'"{spelt.with_suffix(".h")}"'
        if any(path.stem == name or path.stem.startswith(f"{name}_") for name in names):
            continue
        if any(header in tree.text(test) for test in beside):
            continue
        if any(fnmatch.fnmatch(str(path), pattern) for pattern in patterns):
            continue
        yield f"{path}: no test beside it names or includes it (or say in tools/covered_elsewhere.txt which one covers it)"


CHECKS = (check_names, check_text, check_length, check_orphans, check_tests)


def main(root):
    tree = Tree(root)
    wrong = [problem for check in CHECKS for problem in check(tree)]
    for problem in wrong:
        print(problem)
    print(f"check_tree: {len(tree.files)} files, {len(wrong)} mistakes")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(__file__).resolve().parent.parent))
