#!/usr/bin/python3
"""`loadstone compare` as people use it: two builds live, saved results, baselines."""

import json
import os

from case import Case, main
from loadstone import BUSY


class Compare(Case):
    def build(self, *flags):
        """A build of the simulator, as a command."""
        return " ".join([self.tool.binary, "simulate", "--port", "{port}", *flags])

    def comparison(self, run):
        with open(os.path.join(run.folder, "comparison.json")) as f:
            return json.load(f)

    def test_a_slower_build_has_regressed_and_the_shift_says_where(self):
        run = self.tool.run("compare", "--live", self.build("--latency", "const:5ms"), self.build("--latency", "const:50ms"),
                            "-r", "100", "--ready", "/", "--max-pairs", "12", "--seed", "1")
        self.assertEqual(run.code, 1, run)
        found = self.comparison(run)["scenarios"][0]
        self.assertEqual((found["verdict"], found["design"]), ("regressed", "duet_swap"))
        p50 = next(m for m in found["metrics"] if m["metric"] == "latency.p50")
        self.assertGreater(p50["effect"], 0.3)
        self.assertGreater(p50["low"], 0)
        self.assertEqual(p50["count"], 12)
        self.assertTrue(all(s["low"] > 0 for s in found["shift"] if 0.2 < s["quantile"] < 0.8), found["shift"])

    def test_a_stopped_comparison_goes_on_from_its_pairs(self):
        same = (self.build("--latency", "const:2ms"), self.build("--latency", "const:2ms"))
        first = self.tool.run("compare", "--live", *same, "-r", "100", "--ready", "/", "--max-pairs", "8", "--seed", "2")
        self.assertIn(first.code, (0, 4), first)
        pairs = os.path.join(first.folder, "GET__", "pairs.tsv")
        with open(pairs) as f:
            before = f.read()
        self.assertEqual(len(before.splitlines()), 9)
        again = self.tool.run("compare", "--live", *same, "-r", "100", "--ready", "/", "--max-pairs", "8", "--seed", "2",
                              folder=first.folder)
        self.assertEqual(again.code, first.code, again)
        with open(pairs) as f:
            self.assertEqual(f.read(), before)
        self.assertIn("8 pairs were on record", again.out)
        other = self.tool.run("compare", "--live", *same, "-r", "50", "--ready", "/", "--seed", "2", folder=first.folder)
        self.assertEqual(other.code, 2, other)

    def test_urls_are_measured_in_turns(self):
        with self.tool.simulate("--latency", "const:1ms") as a, self.tool.simulate("--latency", "const:1ms") as b:
            run = self.tool.run("compare", "--live", a.url, b.url, "-r", "100", "--max-pairs", "8", "--trial", "300ms")
            self.assertIn(run.code, (0, 4), run)
            found = self.comparison(run)["scenarios"][0]
            self.assertEqual(found["design"], "interleaved")
            self.assertNotIn("service.cpu.per_request", [m["metric"] for m in found["metrics"]])
            self.assertGreater(a.stats()["requests"], 8 * 20)

    def test_a_build_that_does_not_start_is_no_regression(self):
        run = self.tool.run("compare", "--live", "/bin/false {port}", self.build(), "--ready", "/")
        self.assertEqual(run.code, 3, run)
        self.assertIn("A: ", run.err)

    def test_saved_results_of_one_occasion_gate_nothing(self):
        with self.tool.simulate("--latency", "const:1ms") as a:
            runs = [self.tool.run("http", a.url, "-c", "2", "-d", "1s") for _ in range(2)]
        run = self.tool.run("compare", runs[0].folder, runs[1].folder)
        # What a busy machine has spoilt cannot be compared at all; nothing else may have spoilt it.
        why = {f["rule"] for r in runs for f in r.scenario["findings"] if f["invalidates"]}
        self.assertLessEqual(why, BUSY)
        self.assertEqual(run.code, 3 if why else 4, run)
        if run.code == 4:
            self.assertIn("compare --live", run.out)
        with open(os.path.join(run.folder, "comparison.html")) as page:
            text = page.read().split('<script id="results" type="application/json">')[1].split("</script")[0]
        drawn = json.loads(text)
        self.assertEqual([(r["label"], r["place"]) for r in drawn["results"]], [("A", runs[0].folder), ("B", runs[1].folder)])
        self.assertEqual(drawn["comparison"], self.comparison(run))
        self.assertEqual(self.tool.run("compare", runs[0].folder, "nowhere").code, 2)
        self.assertEqual(self.tool.run("compare", runs[0].folder).code, 2)

    def test_baselines_gate_from_five_occasions_on(self):
        history = os.path.join(self.tool.folder, "history.db")
        suite = self.tool.write("suite.yaml", "target: http://127.0.0.1:1\nscenarios:\n  - name: s\n"
                                              "    http: {request: GET /, rate: 100/s, duration: 2s}\n")
        with self.tool.simulate("--latency", "const:2ms") as good, self.tool.simulate("--latency", "const:20ms") as slow:
            run = self.tool.run("run", suite, "--target", good.url, "--canary")
            for field in ("canary.latency.p50", "canary.cpu.per_request"):
                self.assertGreater(float(run.result["run"]["environment"][field]), 1e-6)
                self.assertLess(float(run.result["run"]["environment"][field]), 0.1)
            results = []
            for day in range(6):  # the same, as if it had been measured on six days
                changed = json.loads(json.dumps(run.result))
                changed["run"]["started_at"] -= 86400 * (day + 1)
                for scenario in changed["scenarios"]:
                    for name, value in scenario["metrics"].items():
                        if name.startswith("latency."):
                            scenario["metrics"][name] = value * (1 + 0.01 * (day % 3))
                folder = self.tool.new_folder()
                os.makedirs(folder)
                with open(os.path.join(folder, "result.json"), "w") as f:
                    json.dump(changed, f)
                results.append(folder)
            missing = self.tool.run("run", suite, "--target", good.url, "--baseline", "main", "--history", history)
            self.assertEqual(missing.code, 2, missing)
            self.assertIn("Nothing was sent", missing.err)

            saved = self.tool.run("baseline", "save", "main", *results[:3], "--history", history, out=False)
            self.assertEqual(saved.code, 0, saved)
            few = self.tool.run("run", suite, "--target", slow.url, "--baseline", "main", "--history", history)
            self.assertEqual(few.code, 4, few)  # ten times as slow, but three occasions know nothing
            self.tool.run("baseline", "save", "main", *results[2:], "--history", history, out=False)
            shown = self.tool.run("baseline", "show", "main", "--history", history, out=False)
            self.assertIn("main: 6 runs", shown.out)
            regressed = self.tool.run("run", suite, "--target", slow.url, "--baseline", "main", "--history", history)
            self.assertEqual(regressed.code, 1, regressed)
            self.assertIn("latency.p50", regressed.out)
            with open(os.path.join(regressed.folder, "baseline.json")) as f:
                self.assertEqual(json.load(f)["verdict"], "regressed")
        self.assertIn("main", self.tool.run("baseline", "list", "--history", history, out=False).out)
        self.assertEqual(self.tool.run("baseline", "rm", "main", "--history", history, out=False).code, 0)
        self.assertEqual(self.tool.run("baseline", "show", "main", "--history", history, out=False).code, 2)

    def test_limit_finds_what_a_slow_server_holds(self):
        with self.tool.simulate("--rule", "/ latency=const:10ms at_once=1 queue=100000") as server:
            run = self.tool.run("limit", server.url + "/", "--step", "1s", "--settle", "200ms", "-c", "20", timeout=240)
            self.assertEqual(run.code, 0, run)
            with open(os.path.join(run.folder, "limit.json")) as f:
                found = json.load(f)
        self.assertGreater(found["sustainable"], 20)  # at most 100 a second, less what a busy machine adds to a sleep
        self.assertLess(found["sustainable"], 150)  # a step of a second draws its arrivals by chance
        # A busy machine may stop the generator itself before the server is seen to be overloaded.
        self.assertTrue(any(s["overloaded"] or s["verdict"] == "invalid" for s in found["steps"]), found)
        # What waits for one of the 20 connections is part of the backlog.
        self.assertTrue(any(max(s["backlog"], default=0) > 25 or s["verdict"] == "invalid" for s in found["steps"]), found)
        for step in found["steps"]:
            self.assertTrue(os.path.exists(os.path.join(run.folder, step["folder"], "report.html")), step)
        self.assertEqual(found["verdict"], "pass")
        self.assertEqual(found["run"]["command"].split()[1], "limit")
        # A server that sleeps is not kept from more by its processors.
        self.assertIn("something else limits it", found["processors"])
        self.assertIn("something else limits it", run.out)
        with open(os.path.join(run.folder, found["steps"][0]["folder"], "result.json")) as f:
            self.assertIn("service.cpu.mean", json.load(f)["scenarios"][0]["metrics"])
        self.assertTrue(all(s["times"]["family"] == "latency" for s in found["steps"] if s["verdict"] == "pass"), found)
        with open(os.path.join(run.folder, "report.html")) as page:
            text = page.read().split('<script id="results" type="application/json">')[1].split("</script")[0]
        self.assertEqual(json.loads(text), {"results": [], "limit": found})


if __name__ == "__main__":
    main()
