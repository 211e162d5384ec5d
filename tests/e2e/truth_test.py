#!/usr/bin/python3
"""Short forms of the truth tests: counts, shapes and orders, which hold on a busy machine too. tests/truth/run.py is the
full form, with figures."""

import unittest

from case import Case, main  # first: it says where the others are

import latency
import memory
import sabotage
import shards
import stall
from hdr import Histogram


class Latency(Case):
    def test_every_answer_is_in_the_histograms_and_none_is_faster_than_it_was(self):
        found = latency.compare(self.tool, "bimodal:1ms,20ms,5%", seconds=3, rate=300)
        run = self.ran(found.run)
        self.assertEqual(run.metrics["requests"], found.answered)
        for family in ("latency", "latency_without_lag", "service_time", "wait", "lag"):
            self.assertEqual(Histogram(run.scenario["histograms"][family]).total, found.answered, family)
        for pair in found.pairs:
            # Half a per mille is the width of a bucket.
            self.assertGreater(pair.measured, pair.recorded * 0.9995)
        self.assertLess(found.pairs[0].measured, 0.02, "the median is of the fast ones")
        self.assertGreater(found.pairs[2].measured, 0.02, "the p99 is of the slow ones")

    def test_quantiles_are_those_of_the_histograms(self):
        """Two readers of the same format, this one and loadstone's own, agree on every statistic."""
        found = latency.compare(self.tool, "lognormal:5ms,1.0", seconds=2)
        run = self.ran(found.run)
        for family in ("latency", "service_time", "lag"):
            histogram = Histogram(run.scenario["histograms"][family])
            for name, q in (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p99_9", 0.999)):
                self.assertAlmostEqual(run.metrics[f"{family}.{name}"], histogram.quantile(q), 9)


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


class Shards(Case):
    def test_the_same_requests_on_any_number_of_threads(self):
        found = [shards.counts(self.tool, threads) for threads in (1, 2, 3)]
        for run, counts in found:
            self.assertEqual(run.balance(), 0)
            self.assertEqual(counts, found[0][1])
        self.assertEqual([run.result["run"]["shards"] for run, _ in found], [1, 2, 3])
        self.assertGreater(found[0][1]["step.missing.requests"], 0)
        other_seed = shards.counts(self.tool, 1, seed=8)[1]
        self.assertNotEqual(other_seed, found[0][1])


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
