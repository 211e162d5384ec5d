#!/usr/bin/python3
"""Short forms of the truth tests that only count, and so need not have the machine to themselves: every answer is in the
histograms, and the same requests are due on any number of threads."""

from case import Case, main  # first: it says where the others are

import latency
import shards
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


if __name__ == "__main__":
    main()
