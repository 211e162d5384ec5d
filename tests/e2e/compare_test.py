#!/usr/bin/python3
"""`loadstone compare` as people use it: two builds live, and saved results."""

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


if __name__ == "__main__":
    main()
