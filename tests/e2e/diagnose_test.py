#!/usr/bin/python3
"""`loadstone diagnose` as people use it: what limits a service, and what each of its requests costs."""

import json
import os
import subprocess

from case import Case, main


class Diagnose(Case):
    def test_what_limits_a_service_with_a_planted_fault(self):
        for fault, rule in (("lock", "lock_serialization"), ("descriptors", "connection_limit"), ("quota", "cpu_quota")):
            with self.subTest(fault):
                folder = self.tool.new_folder()
                try:
                    with self.tool.simulate("--fault", fault, "--shape", "threads") as server:
                        run = self.tool.run("diagnose", server.url, "-d", "1s", "--no-profile", folder=folder)
                except AssertionError as e:
                    self.assertEqual(fault, "quota", e)
                    self.assertIn("cgroups that this user may change", str(e))
                    continue
                self.assertEqual(run.code, 0, run)
                with open(os.path.join(folder, "diagnosis.json")) as f:
                    found = json.load(f)
                self.assertEqual(found["ranked"][0]["rule"], rule, run.out)
                self.assertIn("to prove it wrong", run.out)

    def test_what_each_request_costs(self):
        with self.tool.simulate("--rule", "/api/graph/traverse busy=2ms", "--rule", "/slow latency=20ms") as simulator:
            suite = self.tool.write("costs.yaml", f"""
target: {simulator.url}
scenarios:
  - name: mixed
    http:
      rate: 100/s
      duration: 10s
      requests:
        - {{request: GET /health, weight: 80}}
        - {{request: POST /api/graph/traverse, json: {{start_node: a}}, weight: 12}}
        - {{request: GET /slow, weight: 8}}
  - name: browse
    http:
      rate: 1/s
      duration: 10s
      steps:
        - {{name: find, request: "GET /api/graph/nodes/search?name=a"}}
        - {{name: follow, request: POST /api/graph/traverse, json: {{start_node: b}}}}
  - name: again
    http: {{request: GET /health, rate: 1/s, duration: 10s}}
""")
            folder = self.tool.new_folder()
            done = subprocess.run([self.tool.binary, "diagnose", suite, "-d", "500ms", "--most", "2", "--no-profile",
                                   "-o", folder], capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done)
        with open(os.path.join(folder, "diagnosis.json")) as f:
            found = json.load(f)
        costs = {c["name"]: c for c in found["costs"]}
        self.assertEqual(set(costs), {"GET /health", "POST /api/graph/traverse", "GET /slow", "browse: find", "browse: follow"})
        for name, share in (("GET /health", 810), ("POST /api/graph/traverse", 120), ("GET /slow", 80),
                            ("browse: find", 10), ("browse: follow", 10)):
            self.assertAlmostEqual(costs[name]["request_share"], share / 1030, delta=0.0005, msg=name)
            self.assertEqual(costs[name]["failures"], 0)
        for name in ("POST /api/graph/traverse", "browse: follow"):
            self.assertGreaterEqual(costs[name]["cpu_per_request"], 0.0019)  # less what the service was thought to use anyway
        for name in ("GET /health", "GET /slow", "browse: find"):
            self.assertLess(costs[name]["cpu_per_request"], 0.0015)
        self.assertGreaterEqual(costs["GET /slow"]["service_time.p50"], 0.0199)
        self.assertEqual(found["costs"][0]["name"], "POST /api/graph/traverse")
        self.assertIn("POST /api/graph/traverse is 12 % of the requests and ", done.stdout)
        self.assertIn("GET /slow is 8 % of the requests and ", done.stdout)
        self.assertEqual(found["cost_notes"], [])


if __name__ == "__main__":
    main()
