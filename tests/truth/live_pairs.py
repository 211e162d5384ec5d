#!/usr/bin/python3
"""Rows C1 to C3 of the truth table, live: the same comparison many times, and how often each verdict is given.

    live_pairs.py LOADSTONE A B [--runs 60] [--json FILE] [-- flags of `loadstone compare --live`]

With the same command for A and B every `regressed` is a false alarm (C1) and every `not_regressed` is right (C3); with a
build that was made slower on purpose `regressed` is right (C2). Takes half a minute and more for each comparison.
"""

import argparse
import collections
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

import simulations


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("loadstone")
    parser.add_argument("a")
    parser.add_argument("b")
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--json", help="file for all comparisons, a line each; is appended to")
    own, flags = sys.argv[1:], []
    if "--" in own:  # what follows is for compare
        at = own.index("--")
        own, flags = own[:at], own[at + 1:]
    options = parser.parse_args(own)
    verdicts = collections.Counter()
    metrics = collections.defaultdict(collections.Counter)
    began, load = time.monotonic(), os.getloadavg()[0]
    for run in range(options.runs):
        folder = tempfile.mkdtemp(prefix="loadstone-live-")
        try:
            process = subprocess.run([options.loadstone, "compare", "--live", options.a, options.b, "--seed", str(run + 1),
                                      "--format", "summary", "-o", folder, *flags],
                                     stdin=subprocess.DEVNULL, capture_output=True, text=True)
            if process.returncode not in (0, 1, 3, 4) or not os.path.exists(os.path.join(folder, "comparison.json")):
                sys.exit(f"run {run + 1}: exit code {process.returncode}\n{process.stdout}{process.stderr}")
            with open(os.path.join(folder, "comparison.json")) as f:
                found = json.load(f)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if options.json:
            with open(options.json, "a") as f:
                f.write(json.dumps(found) + "\n")
        verdicts[found["verdict"]] += 1
        for metric in found["scenarios"][0]["metrics"]:
            metrics[metric["metric"]][metric["verdict"]] += 1
        print(f"{run + 1}: {process.stdout.strip()}", flush=True)

    def line(name, counts):
        of = sum(counts.values())
        shown = ", ".join(f"{verdict} {n} ({100 * n / of:.0f} %, at least {100 * simulations.lower_bound(n, of):.1f} %)"
                          for verdict, n in counts.most_common())
        print(f"{name:26} {shown}")

    line("all gating metrics", verdicts)
    for name, counts in metrics.items():
        line(name, counts)
    print(f"{options.runs} comparisons in {time.monotonic() - began:.0f} s, load average {load:.1f} before and "
          f"{os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    main()
