#!/usr/bin/python3
"""Judges the call edges of a Python tree by jedi: how many are right, and how many of those jedi finds are there.

    tests/oracle/python_calls.py INDEXER ROOT [--sample N] [--seed S] [--least-precision P]

INDEXER is the code-graph-index program. The sample is drawn with a fixed seed from all resolved call edges of ROOT (precision), and
from all call expressions of ROOT (recall: of those that jedi resolves to a function or class of ROOT). Exits 1 if fewer than 300
edges could be judged or precision is below the least.
"""
import argparse
import ast
import collections
import pathlib
import random
import subprocess
import sys
import warnings

import jedi

warnings.simplefilter("ignore")


def calls_of(path):
    """(line of the call, line and column of the called name) of every call in a file; None if it does not parse."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return None
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        func = node.func
        if isinstance(func, ast.Name):
            found.append((node.lineno, func.lineno, func.col_offset, func.id))
        elif isinstance(func, ast.Attribute):
            found.append((node.lineno, func.end_lineno, func.end_col_offset - len(func.attr.encode()), func.attr))
    return found


class Judge:
    def __init__(self, root):
        self.root = root
        self.project = jedi.Project(str(root), sys_path=[str(root)] + sys.path[1:], smart_sys_path=False)
        self.scripts = {}
        self.lines = {}

    def targets(self, path, line, column):
        """Places in the tree that jedi says the name stands for; and whether it said anything at all."""
        if path not in self.scripts:
            self.scripts = {path: jedi.Script(path=str(path), project=self.project)}
            self.lines = {path: path.read_bytes().splitlines()}
        script = self.scripts[path]
        text = self.lines[path][line - 1]
        column = len(text[:column].decode("utf-8", "replace"))  # jedi counts characters, ast bytes
        places = set()
        said = False
        for ask in (lambda: script.goto(line, column, follow_imports=True), lambda: script.infer(line, column)):
            try:
                names = ask()
            except Exception:  # jedi fails on some code; then it has not judged
                continue
            for name in names:
                if name.module_path is None or name.line is None:
                    said = said or name.full_name is not None
                    continue
                if name.type not in ("function", "class"):
                    continue
                said = True
                try:
                    places.add((str(pathlib.Path(name.module_path).resolve().relative_to(self.root)), name.line))
                except ValueError:
                    places.add((str(name.module_path), name.line))
        return places, said


def split_id(node):
    """function:path:name:line to (path, line)."""
    node = node.split("#")[0]
    kind, rest = node.split(":", 1)
    if kind == "file":
        return rest, 1
    path, _, line = rest.rsplit(":", 2)
    return path, int(line)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("indexer")
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("--sample", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--least-precision", type=float, default=0.99)
    parser.add_argument("--show", action="store_true", help="print each disagreement")
    args = parser.parse_args()
    root = args.root.resolve()

    output = subprocess.run([args.indexer, str(root), "--edges", "calls"], check=True, capture_output=True, text=True).stdout
    edges = []
    for row in output.splitlines():
        source, line, target, resolution, _ = row.split("\t")
        if source.split(":", 1)[1].split(":")[0].endswith(".py"):
            edges.append((split_id(source)[0], int(line), split_id(target), resolution, target))
    by_site = collections.defaultdict(set)
    for path, line, target, _, _ in edges:
        by_site[path, line].add(target)

    judge = Judge(root)
    rng = random.Random(args.seed)
    right = collections.Counter()
    wrong = collections.Counter()
    unjudged = 0
    parsed = {}
    for path, line, target, resolution, name in sorted(rng.sample(edges, min(args.sample, len(edges)))):
        if path not in parsed:
            parsed[path] = calls_of(root / path)
        sites = [c for c in parsed[path] or [] if c[0] == line]
        places = set()
        said = False
        for _, at, column, _ in sites:
            more, any_said = judge.targets(root / path, at, column)
            places |= more
            # Only what is called by the target's own name can contradict.
            said = said or bool(more) or any_said
        if target in places:
            right[resolution] += 1
        elif not said:
            unjudged += 1
        else:
            wrong[resolution] += 1
            if args.show:
                print(f"  not {path}:{line} -> {name} ({resolution}); jedi: {sorted(places)[:4]}")

    files = sorted({e[0] for e in edges})
    rng.shuffle(files)
    found = missed = 0
    while files and found + missed < args.sample:
        path = files.pop()
        calls = calls_of(root / path) or []
        for start, at, column, name in rng.sample(calls, min(12, len(calls))):
            inside = {p for p in judge.targets(root / path, at, column)[0] if (root / p[0]).exists() and not p[0].startswith("/")}
            if not inside:
                continue
            if inside & by_site[path, start]:
                found += 1
            else:
                missed += 1

    judged = sum(right.values()) + sum(wrong.values())
    precision = sum(right.values()) / max(judged, 1)
    print(f"edges {len(edges)}, judged {judged}, unjudged {unjudged}")
    for resolution in sorted(set(right) | set(wrong)):
        print(f"  {resolution}: {right[resolution]} right, {wrong[resolution]} wrong")
    print(f"precision {precision:.4f}")
    print(f"recall {found / max(found + missed, 1):.4f} of {found + missed} calls that jedi resolves inside the tree")
    return 0 if judged >= min(300, len(edges)) and precision >= args.least_precision else 1


if __name__ == "__main__":
    sys.exit(main())
