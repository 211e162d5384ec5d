#!/usr/bin/python3
"""Row D1: faults are planted, and `loadstone diagnose` must name them. One function for the row, and a matrix by itself:

    diagnosis.py LOADSTONE [--runs N] [--only WORD...] [--save FILE] [--others] [--disturbed]
    diagnosis.py --table FILE...

`--others` plants faults in servers that are not ours. `--disturbed` says that other programs keep the machine busy: where
CPU is what is short, that they take it is right too. FILE gets a line of JSON for each run; --table prints what was
planted against what was named, in Markdown.
"""

import argparse
import collections
import contextlib
import json
import os
import subprocess

import strangers
from loadstone import Tool, free_port

# What may stand first. A service without a fault is saturated by a closed load like any other, unless other programs
# kept the steps before down.
EXPECTED = {
    "none": {"generator_limited", "cpu_saturated", "single_thread", "host_contention", "healthy"},
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
    "quota": {"cpu_quota"},
    "growing": {"work_grows_with_load"},
}
# A hundred thousand requests a second are handed to the workers through one lock.
IN_A_POOL = {"none": EXPECTED["none"] | {"lock_serialization"}}
SHORT_OF_CPU = {"cpu", "hot-thread", "lock-cpu", "growing"}
IN_ONE_LOOP = {"cpu": {"single_thread"}, "growing": {"work_grows_with_load"}}
IMPOSSIBLE = {("lock", "loop"), ("lock-cpu", "loop"), ("pool", "loop"), ("hot-thread", "loop")}
SHAPES = ("threads", "loop", "pool")
# Services that take their time and hold what they are given.
HEALTHY = ("const:5ms", "const:20ms", "lognormal:10ms,0.5", "bimodal:5ms,50ms,10%", "exp:10ms")


class Case:
    def __init__(self, name, expected, serve):
        self.name, self.expected, self.serve = name, expected, serve  # serve(tool): a context of (port, port to watch or None)

    @property
    def is_healthy(self):
        return self.expected == {"healthy"}


def simulated(*flags):
    @contextlib.contextmanager
    def serve(tool):
        with tool.simulate(*flags) as simulator:
            yield simulator.port, None
    return serve


def faulty(fault, shape, disturbed=False):
    expected = {"loop": IN_ONE_LOOP, "pool": IN_A_POOL}.get(shape, {}).get(fault, EXPECTED[fault])
    if disturbed and fault in SHORT_OF_CPU:
        expected = expected | {"host_contention"}
    return Case(f"{fault}, {shape}", expected, simulated("--fault", fault, "--shape", shape))


def healthy(latency):
    return Case(f"healthy, {latency}", {"healthy"}, simulated("--latency", latency))


def cases(disturbed=False):
    for fault in EXPECTED:
        for shape in SHAPES:
            if (fault, shape) not in IMPOSSIBLE:
                yield faulty(fault, shape, disturbed)
    for latency in HEALTHY:
        yield healthy(latency)


def others():
    for name, expected, serve in strangers.CASES:
        yield Case(name, expected, serve)


@contextlib.contextmanager
def watching(tool, port):
    """Lines for a suite: another process than the one behind the target is to be watched."""
    if port is None:
        yield ""
        return
    place = f"127.0.0.1:{free_port()}"
    process = subprocess.Popen([tool.binary, "probe", f":{port}", "--listen", place], stdout=subprocess.PIPE, text=True)
    try:
        process.stdout.readline()
        yield f"service: {{probe: {place}}}\n"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def diagnose(tool, case):
    """What is in diagnosis.json."""
    folder = tool.new_folder()
    with case.serve(tool) as (port, watched), watching(tool, watched) as service:
        suite = tool.write("diagnosed.yaml", f"target: http://127.0.0.1:{port}\n{service}"
                                             "scenarios: [{name: all, http: {request: GET /}}]\n")
        done = subprocess.run([tool.binary, "diagnose", suite, "--no-profile", "-d", "2s", "-o", folder],
                              capture_output=True, text=True, timeout=180, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{case.name}: exit code {done.returncode}: {done.stderr}")
    with open(os.path.join(folder, "diagnosis.json")) as f:
        return json.load(f)


def matrix(tool, runs, which):
    for _ in range(runs):
        for case in which:
            found = diagnose(tool, case)
            yield case, [d["rule"] for d in found["ranked"]], found


class Score:
    def __init__(self):
        self.first = self.second = self.planted = self.blamed = self.healthy = 0

    def add(self, is_healthy, expected, ranked):
        if is_healthy:
            self.healthy += 1
            self.blamed += not expected & set(ranked[:1])
            return
        self.planted += 1
        self.first += bool(expected & set(ranked[:1]))
        self.second += bool(expected & set(ranked[:2]))

    def __str__(self):
        share = lambda part, whole: f"{part} of {whole}" + (f" ({100 * part / whole:.1f} %)" if whole else "")
        return (f"named first {share(self.first, self.planted)}, first or second {share(self.second, self.planted)}, "
                f"healthy services blamed {share(self.blamed, self.healthy)}")


def row(tool, table, runs):
    """Every fault in one shape, another one in each run, and the healthy ones."""
    score = Score()
    for run in range(runs):
        turn = {fault: SHAPES[(run + i) % len(SHAPES)] for i, fault in enumerate(EXPECTED)}
        which = [faulty(f, shape if (f, shape) not in IMPOSSIBLE else "threads") for f, shape in turn.items()]
        for case, ranked, _ in matrix(tool, 1, which + [healthy(latency) for latency in HEALTHY]):
            score.add(case.is_healthy, case.expected, ranked)
    for what, part, whole, goal in (("planted faults: named first", score.first, score.planted, 0.95),
                                    ("planted faults: named first or second", score.second, score.planted, 0.99)):
        table.add("D1", f"{whole} {what}", f"at least {goal:.0%}", [100 * part / whole], int(part / whole >= goal), " %")
    blamed = score.blamed / score.healthy
    table.add("D1", f"{score.healthy} healthy services: blamed", "at most 2%", [100 * blamed], int(blamed <= 0.02), " %")


def confusion(files):
    named = collections.defaultdict(collections.Counter)
    score, expected = Score(), {}
    for name in files:
        with open(name) as f:
            for entry in map(json.loads, f):
                named[entry["case"]][entry["ranked"][0]] += 1
                expected[entry["case"]] = entry["expected"]
                score.add(entry["expected"] == ["healthy"], set(entry["expected"]), entry["ranked"])
    print("| planted | runs | named first | instead |\n| --- | --- | --- | --- |")
    for case, counts in named.items():
        wrong = ", ".join(f"{rule} {n}" for rule, n in counts.most_common() if rule not in expected[case])
        right = sum(n for rule, n in counts.items() if rule in expected[case])
        rules = ", ".join(sorted(f"`{r}`" for r in counts if r in expected[case]) or [f"`{r}`" for r in expected[case]])
        print(f"| {case} | {sum(counts.values())} | {rules} {right} | {wrong} |")
    print(f"\n{score}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("loadstone", nargs="?")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[""], help="cases whose names hold one of these")
    parser.add_argument("--others", action="store_true")
    parser.add_argument("--disturbed", action="store_true")
    parser.add_argument("--save")
    parser.add_argument("--table", nargs="*")
    options = parser.parse_args()
    if options.table:
        return confusion(options.table)
    tool, score = Tool(options.loadstone), Score()
    which = [c for c in (others() if options.others else cases(options.disturbed)) if any(word in c.name for word in options.only)]
    try:
        for case, ranked, found in matrix(tool, options.runs, which):
            score.add(case.is_healthy, case.expected, ranked)
            right = bool(case.expected & set(ranked[:1]))
            print(f"{case.name:36} {'ok ' if right else 'NO '} "
                  + ", ".join(f"{d['rule']} {d['score']:.2f}" for d in found["ranked"]), flush=True)
            if not right:
                print("    " + "\n    ".join(json.dumps({k: round(v, 3) for k, v in s.items() if v}) for s in found["steps"]))
            if options.save:
                with open(options.save, "a") as f:
                    f.write(json.dumps({"case": case.name, "expected": sorted(case.expected), "ranked": ranked,
                                        "load": os.getloadavg()[0], "steps": found["steps"]}) + "\n")
        print(score)
    finally:
        tool.close()


if __name__ == "__main__":
    main()
