#!/usr/bin/env python3
"""Holds the include lines to the table in docs/architecture.md, and CMake's folders to the same table.

A folder may include itself and the folders its row names, which stand in rows above it, so there are no cycles. A
third-party library is included by the folders whose row names it and by nobody else. Tests may include any library, but
only the folders that the code beside them may. main.cc and tests/ may include anything.
"""

import pathlib
import re
import sys

# What an include line of a library begins with. Every library in the table must be here.
LIBRARIES = {
    "fmt": ["fmt/"],
    "tl::expected": ["tl/"],
    "Boost.URL": ["boost/url"],
    "RE2": ["re2/"],
    "Boost.JSON": ["boost/json"],
    "Boost.Math": ["boost/math"],
    "Boost.Asio": ["boost/asio"],
    "Boost.Beast": ["boost/beast"],
    "Eigen": ["Eigen/"],
    "HdrHistogram": ["hdr_"],
    "yaml-cpp": ["yaml-cpp/"],
    "nlohmann/json": ["nlohmann/"],
    "CLI11": ["CLI/"],
    "liburing": ["liburing"],
    "libcrypto": ["openssl/evp.h", "openssl/rand.h", "openssl/sha.h"],
    "libssl": ["openssl/ssl.h", "openssl/err.h", "openssl/pem.h", "openssl/x509"],
    "zlib": ["zlib.h"],
    "libbrotli": ["brotli/"],
    "libzstd": ["zstd.h"],
    "libelf": ["gelf.h", "libelf.h"],
    "hiredis": ["hiredis/"],
    "SQLite": ["sqlite3"],
    "tree-sitter": ["tree_sitter/"],
    "nghttp2": ["nghttp2/"],
}
# Libraries that only files with these endings include.
TEST_LIBRARIES = {"gtest/": "_test.cc", "gmock/": "_test.cc", "benchmark/": "_bench.cc"}

SOURCES = ("src", "serve", "code_graph")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
FOLDER = re.compile(r"^\s*loadstone_folder\((\w+)([^)]*)\)", re.MULTILINE)


def read_table(text):
    """The rows between the layer marks: folder -> (folders it may include, libraries); and what is wrong with them."""
    table, wrong = {}, []
    body = re.search(r"<!-- layers -->(.*?)<!-- end of layers -->", text, re.DOTALL)
    if not body:
        return table, ["no table between <!-- layers --> and <!-- end of layers -->"]
    for line in body.group(1).splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) != 3 or cells[0] == "folder" or set(cells[0]) <= set("-: "):
            continue
        folder, may, doors = cells
        if folder in table:
            wrong.append(f"{folder} has two rows")
        if may == "every folder above":
            folders = set(table)
        else:
            folders = set() if may in ("", "—") else {word.strip() for word in may.split(",")}
        libraries = set() if doors in ("", "—") else {word.strip() for word in doors.split(",")}
        wrong += [f"{folder} may include {f}, which has no row above it" for f in sorted(folders - set(table))]
        wrong += [f"{folder} is the door of {l}, which this check does not know" for l in sorted(libraries - set(LIBRARIES))]
        table[folder] = (folders, libraries)
    return table, wrong


def folder_of(path):
    """src/net/x.cc -> net, serve/x.cc -> serve, code_graph/parse/languages/x.cc -> code_graph/parse, src/main.cc -> None"""
    parts = path.parts
    if parts[0] == "serve":
        return "serve"
    if len(parts) < 3:
        return None
    return parts[1] if parts[0] == "src" else f"code_graph/{parts[1]}"


def check_include(root, path, quote, name, table):
    """What is wrong with one include line of `path` (relative to root), or None."""
    folder = folder_of(path)
    may, doors = table.get(folder, (set(), set()))
    for prefix, ending in TEST_LIBRARIES.items():
        if name.startswith(prefix) and not path.name.endswith((ending, "for_test.h")):
            return f"only *{ending} includes {name}"
    for library, prefixes in LIBRARIES.items():
        if name.startswith(tuple(prefixes)) and not path.name.endswith("_test.cc") and library not in doors:
            return f"{folder} includes <{name}>, but is no door of {library}"
    if quote == "<":
        return None
    target = next((b for b in (pathlib.Path("src"), pathlib.Path()) if (root / b / name).is_file()), None)
    if target is None:
        return f'"{name}" is no file below src/ or the root (write the whole path)'
    to = folder_of(target / name)
    if to != folder and to not in may:
        return f"{folder} may not include {to} ({name})"
    return None


def check_includes(root, table):
    wrong = []
    for top in SOURCES:
        for path in sorted((root / top).rglob("*")):
            if path.suffix not in (".cc", ".h") or path.name == "main.cc" or {"testdata", "corpus"} & set(path.parts):
                continue
            relative = path.relative_to(root)
            if folder_of(relative) not in table:
                wrong.append(f"{relative}: its folder has no row in the table")
                continue
            for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
                if match := INCLUDE.match(line):
                    if problem := check_include(root, relative, match.group(1), match.group(2), table):
                        wrong.append(f"{relative}:{number}: {problem}")
    return wrong


def check_cmake(root, table):
    """Every loadstone_folder() has a row, and its FOLDERS are those of the row (of `every folder above`, some)."""
    wrong, seen = [], set()
    for top in SOURCES:
        lists = root / top / "CMakeLists.txt"
        if not lists.is_file():
            continue
        text = re.sub(r"#.*", "", lists.read_text())
        for name, rest in FOLDER.findall(text):
            folder = f"code_graph/{name}" if top == "code_graph" else name
            seen.add(folder)
            if folder not in table:
                wrong.append(f"{lists.relative_to(root)}: {folder} has no row in the table")
                continue
            words = re.search(r"\bFOLDERS\b(.*?)(\bLIBRARIES\b|$)", rest, re.DOTALL)
            listed = set(words.group(1).split()) if words else set()
            row = {f.removeprefix("code_graph/") if top == "code_graph" else f for f in table[folder][0]}
            if not listed <= row:
                wrong.append(f"{lists.relative_to(root)}: {folder} lists {', '.join(sorted(listed - row))}; its row does not")
            if row - listed and folder != "cli":
                wrong.append(f"{lists.relative_to(root)}: the row of {folder} has {', '.join(sorted(row - listed))}; CMake does not")
    for folder in sorted(set(table) - seen):
        if any((root / top / folder).is_dir() for top in ("src", ".")):
            wrong.append(f"docs/architecture.md: the table has {folder}, CMake does not")
    return wrong


def main(root):
    table, wrong = read_table((root / "docs/architecture.md").read_text())
    wrong = [f"docs/architecture.md: {w}" for w in wrong]
    if table:
        wrong += check_includes(root, table) + check_cmake(root, table)
    for problem in wrong:
        print(problem)
    print(f"check_layers: {len(table)} folders, {len(wrong)} mistakes")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(__file__).resolve().parent.parent))
