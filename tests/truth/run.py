#!/usr/bin/python3
"""The full form of the truth tests: prints a table of what was measured, row by row, over several runs each.

    run.py LOADSTONE [--simulations PROGRAM] [--scale X] [--runs N] [--only A1,A2] [--realtime] [--json FILE]

Row S runs the simulations (B, W, C and D of the table) with the program truth_simulations: so many times X as the goals ask.
The lower bound is that of the share of runs that kept the goal, at 95 % (Clopper and Pearson, one-sided).

Exits with 1 when a goal is missed. On a busy machine the wake-ups of the simulator and of the generator are late by more
than the goals of A1; --realtime (root) lets them come before all else in rows A1 and A2.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time

import broadcast
import diagnosis
import latency
import memory
import sabotage
import shards
import simulations
import stall
from hdr import quantile
from loadstone import Tool


class Table:
    def __init__(self):
        self.rows = []

    def add(self, row, what, goal, values, met, unit="", scale=1.0, shown=None):
        """`values` of each run; `met` how many of them were within the goal; `shown` instead of their range."""
        numbers = sorted(v * scale for v in values)
        if shown is not None:
            pass
        elif not numbers:
            shown = "nothing"
        elif numbers[0] == numbers[-1]:
            shown = f"{numbers[0]:.4g}{unit}"
        else:
            shown = f"{numbers[0]:.4g} to {numbers[-1]:.4g}{unit}"
        self.put({"row": row, "what": what, "goal": goal, "measured": shown, "met": met, "runs": len(values),
                  "lower_bound": simulations.lower_bound(met, len(values)), "missed": met != len(values)})

    def put(self, row):
        self.rows.append(row)
        print("  ".join(self.line(row)), flush=True)

    @staticmethod
    def line(r):
        return (f"{r['row']:3}", f"{r['what']:58}", f"{r['goal']:34}", f"{r['measured']:28}",
                f"{r['met']} of {r['runs']}, at least {100 * r['lower_bound']:.1f} %" + ("  MISSED" if r["missed"] else ""))


def a1(tool, table, runs):
    for name, shape in latency.SHAPES.items():
        found = [latency.compare(tool, shape, seed=i + 1) for i in range(runs)]
        for at, q in enumerate(latency.QUANTILES):
            pairs = [f.pairs[at] for f in found]
            table.add("A1", f"{name}: p{q * 100:g}", "within max(1 %, 100 µs) of truth", [p.error for p in pairs],
                      sum(p.is_within() for p in pairs), " µs", 1e6)
        table.add("A1", f"{name}: all answers counted", "requests = answered by the service",
                  [f.run.metrics["requests"] - f.answered for f in found],
                  sum(f.run.metrics["requests"] == f.answered for f in found))
        trips = [quantile(f.round_trip, 0.5) for f in found]
        table.add("A1", f"{name}: round trip added", "median under 300 µs", trips, sum(x < 300e-6 for x in trips), " µs", 1e6)


def a2(tool, table, runs):
    found = [stall.open_loop(tool, seed=i + 1) for i in range(runs)]
    for name in ("p95", "p99"):
        errors = [f.error(name) for f in found]
        table.add("A2", f"stall 200 ms every 2 s: {name}", "within 2 % of truth", errors,
                  sum(abs(e) <= 0.02 for e in errors), " %", 100)
    closed = [stall.closed_loop(tool) for _ in range(runs)]
    for name in ("p95", "p99"):
        ratios = [getattr(f.truth, name) / c.metrics[f"latency.{name}"] for f, c in zip(found, closed)]
        table.add("A2", f"the same load closed: {name} understated", "truth is more than 2 times as much", ratios,
                  sum(r > 2 for r in ratios), " times")
    said = [stall.NOTE in c.out for c in closed]
    table.add("A2", f"closed prints the note", f"'{stall.NOTE}'", said, sum(said))


def a4(tool, table, runs):
    same = balanced = 0
    for i in range(runs):
        found = [shards.counts(tool, threads, seed=i + 1) for threads in (1, 2, 3)]
        same += all(f[1] == found[0][1] for f in found)
        balanced += all(f[0].balance() == 0 for f in found)
    table.add("A4", "1, 2 and 3 threads, one seed", "the same counts of all steps", [same / runs] * runs, same, " of all")
    table.add("A4", "every request accounted for", "due = ended", [balanced / runs] * runs, balanced, " of all")


def a5(tool, table, runs):
    for name, sabotage_of in sabotage.KINDS.items():
        found = [sabotage_of(tool) for _ in range(runs)]
        invalid = sum(f.code == sabotage.INVALID and f.verdict == "invalid" for f in found)
        table.add("A5", name, "exit code 3", [f.code for f in found], invalid)


def m(tool, table, runs):
    spans = [memory.over_time(tool)[:3] for _ in range(runs)]
    growth = [calm for _, _, calm in spans]
    table.add("M", "growth from second 5 to second 25", f"at most {memory.MOST_GROWTH / 1e6:g} MB", growth,
              sum(g <= memory.MOST_GROWTH for g in growth), " kB", 1e-3)
    table.add("M", "resident with 100 connections", f"under {memory.MOST_BYTES / 1e6:g} MB", [b for _, b, _ in spans],
              sum(b < memory.MOST_BYTES for _, b, _ in spans), " MB", 1e-6)
    each = [memory.per_connection(tool)[0] for _ in range(runs)]
    table.add("M", "own memory of an idle connection", f"at most {memory.MOST_PER_CONNECTION} bytes", each,
              sum(e <= memory.MOST_PER_CONNECTION for e in each), " bytes")


def program(name, runs_factor):
    """A row whose truth is made by a program beside the binary, which prints lines of JSON."""
    def row(tool, table, runs):
        path = os.path.join(os.path.dirname(tool.binary), f"truth_{name}")
        done = subprocess.run([path, str(runs * runs_factor)], capture_output=True, text=True, timeout=3600)
        if not done.stdout:
            raise AssertionError(f"{path}: exit code {done.returncode}: {done.stderr}")
        for line in done.stdout.splitlines():
            r = json.loads(line)
            table.add(r["row"], r["what"], r["goal"], r["values"], r["met"], r["unit"], shown=r.get("shown"))
    return row


def d3(tool, table, runs):
    program("probe_cost", 1)(tool, table, runs)
    program("probe_effect", 1)(tool, table, runs)


def s(tool, table, runs):
    for row in simulations.run(tool.simulations, tool.scale):
        table.put(row)


def f1(tool, table, runs):
    def exact(what, found):
        table.add("F1", what, "every planted fault, none invented", [f.wrong for f in found], sum(f.is_exact() for f in found),
                  " wrong")

    for server in broadcast.servers():
        found = [broadcast.compare(tool, server, broadcast.FULL) for _ in range(runs)]
        exact(f"{server.name}: {found[0].planted} in {found[0].deliveries:,} deliveries", found)
        exact(f"{server.name}: clients cut off", [broadcast.disconnected(tool, server) for _ in range(runs)])
        found = [broadcast.windows(tool, server) for _ in range(runs)]
        exact(f"{server.name}: {found[0].lost} lost in windows", found)
        last = [broadcast.last_client(tool, server) for _ in range(runs)]
        table.add("F1", f"{server.name}: last client, p95", "within max(1 ms, 1 %) of truth", [x.error for x in last],
                  sum(x.is_within() for x in last), " µs", 1e6)
    exact("simulator: own header with a CRC", [
        broadcast.compare(tool, broadcast.Simulated(), {**broadcast.FULL, "messages": 1000}, match=broadcast.HEADER)
        for _ in range(runs)])


ROWS = {"S": s, "A1": a1, "A2": a2, "A4": a4, "A5": a5, "M": m, "F1": f1, "E1": program("leaks", 100), "E2": program("service_memory", 2),
        "P1": program("profile_shares", 3), "D3": d3, "D1": diagnosis.row}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("loadstone")
    parser.add_argument("--simulations", help="the program truth_simulations; without it row S is left out")
    parser.add_argument("--scale", type=float, default=1, help="of the number of simulations")
    parser.add_argument("--runs", type=int, default=1, help="of every row but S (1: about 25 minutes on two cores)")
    parser.add_argument("--only", default=",".join(ROWS), help="rows, with commas")
    parser.add_argument("--realtime", action="store_true", help="rows A1 and A2 with chrt -f 1")
    parser.add_argument("--json", help="file for the table")
    options = parser.parse_args()
    tool = Tool(options.loadstone)
    tool.simulations, tool.scale = options.simulations, options.scale
    table = Table()
    began, load = time.monotonic(), os.getloadavg()[0]
    try:
        for row in options.only.split(","):
            if row == "S" and not options.simulations:
                continue
            tool.prefix = ["chrt", "-f", "1"] if options.realtime and row in ("A1", "A2") else []
            ROWS[row](tool, table, options.runs)
    finally:
        tool.close()
    machine = (f"{os.cpu_count()} cores, Linux {platform.release()}, load average {load:.1f} before and "
               f"{os.getloadavg()[0]:.1f} after, {time.monotonic() - began:.0f} s"
               + (", A1 and A2 in real time" if options.realtime else ""))
    print(machine)
    if options.json:
        with open(options.json, "w") as f:
            json.dump({"machine": machine, "rows": table.rows}, f, indent=1)
    return 1 if any(r["missed"] for r in table.rows) else 0


if __name__ == "__main__":
    sys.exit(main())
