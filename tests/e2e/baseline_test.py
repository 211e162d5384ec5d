#!/usr/bin/python3
"""`loadstone baseline` and `run --baseline` as people use them."""

import json
import os

from case import Case, main  # first: it says where the others are

from loadstone import BUSY


class Baseline(Case):
    def against_the_baseline(self, suite, server, history):
        """Again, up to twice, when the machine was too busy for a verdict; nothing else may have spoilt it."""
        for _ in range(3):
            run = self.tool.run("run", suite, "--target", server.url, "--baseline", "main", "--history", history)
            why = {f["rule"] for f in run.scenario["findings"] if f["invalidates"]}
            self.assertLessEqual(why, BUSY, run)
            if not why:
                break
        return run

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
            few = self.against_the_baseline(suite, slow, history)
            self.assertEqual(few.code, 4, few)  # ten times as slow, but three occasions know nothing
            self.tool.run("baseline", "save", "main", *results[2:], "--history", history, out=False)
            shown = self.tool.run("baseline", "show", "main", "--history", history, out=False)
            self.assertIn("main: 6 runs", shown.out)
            regressed = self.against_the_baseline(suite, slow, history)
            self.assertEqual(regressed.code, 1, regressed)
            self.assertIn("latency.p50", regressed.out)
            with open(os.path.join(regressed.folder, "baseline.json")) as f:
                self.assertEqual(json.load(f)["verdict"], "regressed")
        self.assertIn("main", self.tool.run("baseline", "list", "--history", history, out=False).out)
        self.assertEqual(self.tool.run("baseline", "rm", "main", "--history", history, out=False).code, 0)
        self.assertEqual(self.tool.run("baseline", "show", "main", "--history", history, out=False).code, 2)


if __name__ == "__main__":
    main()
