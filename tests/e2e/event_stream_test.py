#!/usr/bin/python3
"""Event streams with planted faults: what servers plant is what the ledger says, message by message, and what they send again
after Last-Event-ID is not lost. The servers are the simulator and two that are not ours (tests/peers)."""

import json
import unittest

from case import main  # first: it says where the others are

import broadcast
from planted import Planted


class EventStream(Planted):
    servers = staticmethod(broadcast.event_servers)

    def test_every_planted_fault_is_found_and_none_invented(self):
        def check(server):
            found = self.everything_planted_is_found(server)
            metrics = found.run.metrics
            self.assertEqual(found.run.scenario["kind"], "event_stream")
            self.assertEqual(metrics["connect.succeeded"], 20)
            self.assertGreater(metrics["connect.answer.p50"], 0)
            self.assertNotIn("connect.upgrade.p50", metrics)
        self.on_every_server(check)

    def test_nothing_is_found_where_nothing_was_planted(self):
        def check(server):
            found = self.nothing_is_found_where_nothing_was_planted(server)
            self.assertEqual(found.run.metrics["messages.received"], found.record.sent)
        self.on_every_server(check)

    def test_damage_is_found_by_the_header(self):
        found = broadcast.compare(self.tool, broadcast.SimulatedEvents(),
                                  {"clients": 10, "messages": 300, "every": 5, "corrupt": 50}, match=broadcast.HEADER)
        self.exact(found, 12)

    def test_nothing_of_a_window_is_lost_to_who_says_what_it_has_heard(self):
        def check(server):
            found = broadcast.windows(self.tool, server)
            self.assertIn(found.run.code, (0, 3), found)
            metrics = found.run.metrics
            self.assertEqual(metrics["recovery.drops"], 30)
            self.assertEqual(metrics["recovery.recovered"], 30)
            self.assertEqual(found.run.scenario["ledger"]["anomalies"], [], found.run)
            for what in ("recovery.lost", "broadcast.missing", "broadcast.duplicates", "broadcast.reordered", "broadcast.late"):
                self.assertEqual(metrics[what], 0, what)
            # By the server's own record each client was there for every message, one stay after the other.
            self.assertEqual(broadcast.absences(found.record, 10), {})
            self.assertEqual(metrics["broadcast.published"], found.record.published)
            # What was sent again was not owed, as it was due in the gap; but it came.
            again = 3 * 10 * 20
            self.assertLessEqual(metrics["broadcast.expected"], 10 * found.record.published - again)
            self.assertEqual(metrics["messages.received"], 10 * found.record.published)
        self.on_every_server(check)

    def test_everything_of_a_window_is_lost_to_who_does_not(self):
        def check(server):
            found = broadcast.windows(self.tool, server, more=["      resume: false"])
            self.exact(found, 0)
            self.assertEqual(found.run.metrics["recovery.drops"], 30)
            self.assertEqual(found.run.metrics["recovery.recovered"], 30)
            self.assertGreaterEqual(found.run.metrics["recovery.lost"], 3 * 10 * 20)
        self.on_every_server(check)

    def test_who_is_cut_off_comes_back_and_misses_nothing(self):
        """Every second client is reset instead of hearing its 100th message, without a recover in the suite."""
        def check(server):
            run, record = broadcast.start(self.tool, server, {"every": 2, "disconnect": 100}, 10, 190, rate=100,
                                          more="      retry: 50ms\n")
            self.assertIn(run.code, (0, 3), run)
            self.assertEqual(run.metrics["connect.lost"], 5)
            self.assertEqual(run.metrics["connect.succeeded"], 15)
            self.assertEqual(run.scenario["ledger"]["anomalies"], [], run)
            self.assertEqual(run.metrics["messages.received"], 10 * record.published)
        self.on_every_server(check)

    def test_the_service_says_when_to_come_back(self):
        with self.tool.simulate("--events", "retry=300ms") as simulator:
            suite = self.tool.write("retry.yaml", json.dumps({
                "target": simulator.url,
                "scenarios": [{"name": name, "event_stream": {"path": "/sse/events", "clients": 5, "recover": {"cycles": 2}, **more}}
                              for name, more in (("as_asked", {}), ("sooner", {"retry": "20ms"}))]}))
            run = self.tool.run("run", suite)
            asked, sooner = (s["metrics"] for s in run.result["scenarios"])
            self.assertGreaterEqual(asked["recovery.time.min"], 0.299)
            self.assertLess(sooner["recovery.time.min"], 0.299)
            self.assertEqual(asked["recovery.recovered"], 10)

    def test_a_route_that_is_no_event_stream_says_why(self):
        with self.tool.simulate() as simulator:
            suite = self.tool.write("none.yaml", json.dumps({
                "target": simulator.url,
                "scenarios": [{"name": "page", "event_stream": {"path": "/health", "clients": 2, "duration": "500ms"}},
                              {"name": "nowhere", "event_stream": {"path": "/nowhere", "clients": 2, "duration": "500ms"}}]}))
            run = self.tool.run("run", suite)
            page, nowhere = run.result["scenarios"]
            self.assertEqual(page["metrics"]["connect.failed"], 2)
            self.assertIn("its Content-Type is not text/event-stream", json.dumps(page["notes"]))
            self.assertEqual(nowhere["metrics"]["status.404"], 2)


if __name__ == "__main__":
    main()
