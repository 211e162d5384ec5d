#!/usr/bin/python3
"""Row D1: faults are planted, and `loadstone diagnose` must name them. One function for the row, and a matrix by itself:

    diagnosis.py LOADSTONE [RUNS] [FAULT...]
"""

import json
import os
import subprocess
import sys

# What may stand first; a service without a fault is saturated by a closed load like any other.
EXPECTED = {
    "none": {"generator_limited", "cpu_saturated", "single_thread", "host_contention"},
    "lock": {"lock_serialization"},
    "lock-cpu": {"lock_serialization"},
    "pool": {"pool_limit"},
    "cpu": {"cpu_saturated"},
    "hot-thread": {"single_thread"},
    "disk": {"io_wait"},
    "backlog": {"accept_backlog"},
    "descriptors": {"connection_limit"},
    "slow-consumer": {"slow_consumer"},
    "leak": {"memory_growth"},
    "growing": {"work_grows_with_load"},
}
IN_ONE_LOOP = {"cpu": {"single_thread"}, "growing": {"work_grows_with_load"}}
IMPOSSIBLE = {("lock", "loop"), ("lock-cpu", "loop"), ("pool", "loop"), ("hot-thread", "loop")}
SHAPES = ("threads", "loop", "pool")


def expected(fault, shape):
    return IN_ONE_LOOP.get(fault, EXPECTED[fault]) if shape == "loop" else EXPECTED[fault]


def diagnose(binary, folder, fault, shape):
    """The ranked rules, best first, with scores."""
    server = subprocess.Popen([binary, "simulate", "--fault", fault, "--shape", shape, "--port", "0"],
                              stdout=subprocess.PIPE, text=True, cwd=folder)
    try:
        url = "http://" + server.stdout.readline().split()[-1] + "/"
        done = subprocess.run([binary, "diagnose", url, "--no-profile", "-d", "2s", "-o", folder], capture_output=True,
                              text=True, timeout=180)
        if done.returncode != 0:
            raise AssertionError(f"{fault} in {shape}: exit code {done.returncode}: {done.stderr}")
        with open(os.path.join(folder, "diagnosis.json")) as f:
            return json.load(f)
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


def matrix(binary, folder, runs, faults=None):
    for fault in faults or EXPECTED:
        for shape in SHAPES:
            if (fault, shape) in IMPOSSIBLE:
                continue
            for _ in range(runs):
                found = diagnose(binary, folder, fault, shape)
                ranked = [d["rule"] for d in found["ranked"]]
                yield fault, shape, ranked, bool(expected(fault, shape) & set(ranked[:1])), found


def row(tool, table, runs):
    first, second, all_runs = [], [], 0
    for fault, shape, ranked, is_first, _ in matrix(tool.binary, tool.folder, runs):
        all_runs += 1
        first.append(is_first)
        second.append(bool(expected(fault, shape) & set(ranked[:2])))
    for what, hits, goal in (("named first", first, 0.95), ("named first or second", second, 0.99)):
        share = sum(hits) / all_runs
        table.add("D1", f"{all_runs} planted faults: {what}", f"at least {goal:.0%}", [100 * share], int(share >= goal), " %")


def main():
    import tempfile
    binary, runs = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory() as folder:
        hits = total = 0
        for fault, shape, ranked, is_first, found in matrix(binary, folder, runs, sys.argv[3:]):
            hits, total = hits + is_first, total + 1
            print(f"{fault:14} {shape:8} {'ok ' if is_first else 'NO '} {', '.join(ranked)}", flush=True)
            if not is_first:
                print("    " + "\n    ".join(json.dumps({k: round(v, 3) for k, v in s.items() if v}) for s in found["steps"]))
        print(f"{hits} of {total}")


if __name__ == "__main__":
    main()
