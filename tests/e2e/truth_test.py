#!/usr/bin/python3
"""Short forms of the truth tests: counts, shapes and orders, which hold on a busy machine too. tests/truth/run.py is the
full form, with figures."""

import unittest

from case import Case, main  # first: it says where the others are

import memory
import sabotage
import stall


class Stall(Case):
    def test_waiting_behind_a_stall_is_seen_at_a_rate_and_not_in_a_closed_loop(self):
        found = stall.open_loop(self.tool, seconds=7)
        run = self.ran(found.run)
        self.assertEqual(run.metrics["requests"], 7 * stall.RATE)
        self.assertEqual(found.answered, 7 * stall.RATE)
        self.assertGreaterEqual(found.truth.stalls, 2)
        # Whoever is due early in a stall of 200 ms waits for most of it; service time does not see that.
        self.assertGreater(run.metrics["latency.p99"], 0.15)
        self.assertGreater(run.metrics["latency.p95"], 4 * run.metrics["service_time.p95"])
        self.assertNotIn(stall.NOTE, run.out)
        closed = stall.closed_loop(self.tool, seconds=7)
        self.assertIn(stall.NOTE, closed.out)
        self.assertIn("closed_loop", closed.rules)
        self.assertLess(closed.metrics["latency.p95"], 0.5 * run.metrics["latency.p95"])


class Sabotage(Case):
    def invalid(self, run, *rules):
        self.assertEqual(run.code, sabotage.INVALID, run)
        self.assertEqual(run.verdict, "invalid", run)
        self.assertTrue(set(rules) & set(run.rules), run.rules)
        self.assertEqual(run.metrics["generator.limited"], 1)
        self.assertEqual({t["verdict"] for t in run.scenario["targets"]}, {"invalid"}, run)
        self.assertEqual(run.balance(), 0)

    def test_paused_and_missed(self):
        self.invalid(sabotage.paused(self.tool, "20ms"), "generator_paused")

    def test_paused_and_met(self):
        self.invalid(sabotage.paused(self.tool, "5s"), "generator_paused")

    def test_starved(self):
        # Less nice than in the full form, where a debug build takes over a minute to start and to write its results.
        self.invalid(sabotage.starved(self.tool, "5ms", seconds=3, nice=8), "generator_busy", "generator_lag")

    def test_without_descriptors(self):
        self.invalid(sabotage.without_descriptors(self.tool), "no_descriptors")

    @unittest.skipUnless(sabotage.may_make_namespaces(), "this user may not make network namespaces")
    def test_without_ports(self):
        self.invalid(sabotage.without_ports(self.tool), "no_ports")


class Memory(Case):
    def test_it_does_not_grow_with_time(self):
        _, after, growth, run = memory.over_time(self.tool, first=3, second=11, connections=100)
        self.ran(run)
        self.assertLess(after, memory.MOST_BYTES)
        # A leak of a hundred bytes a request would be more than this.
        self.assertLess(growth, 2 * memory.MOST_GROWTH)

    def test_an_idle_connection_costs_a_few_kilobytes(self):
        each, _, _, run = memory.per_connection(self.tool, many=3000)
        self.assertLess(each, memory.MOST_PER_CONNECTION)
        self.assertEqual(run.code, 130, run)
        self.assertGreaterEqual(run.metrics["requests"], 3000)


if __name__ == "__main__":
    main()
