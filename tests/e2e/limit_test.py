#!/usr/bin/python3
"""`loadstone limit` as people use it."""

import json
import os

from case import Case, main


class Limit(Case):
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
