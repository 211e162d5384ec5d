"""Latency as loadstone measures it, against the simulator's own stamps of the same requests.

The generator's own lag is left out on both sides: the simulator cannot see it. What it cannot see either is the way
through the kernel and both event loops: that is measured just before with answers that take no time, and its whole
distribution is added to that of the record, as for two independent times.
"""

from dataclasses import dataclass

from hdr import Histogram, quantile

SHAPES = {
    "const 1 ms": "const:1ms",
    "exp 5 ms": "exp:5ms",
    "lognormal 5 ms, sigma 1": "lognormal:5ms,1.0",
    "bimodal 1 ms, 5 % 20 ms": "bimodal:1ms,20ms,5%",
    "pareto 1 ms, alpha 1.5": "pareto:1ms,1.5",
}
QUANTILES = (0.5, 0.95, 0.99)
WITHIN_SHARE = 0.01
WITHIN_SECONDS = 100e-6


@dataclass
class Pair:
    """A quantile as measured and as it was, in seconds."""

    q: float
    measured: float
    truth: float

    @property
    def error(self):
        return self.measured - self.truth

    def is_within(self):
        return abs(self.error) <= max(WITHIN_SHARE * self.truth, WITHIN_SECONDS)


@dataclass
class Comparison:
    run: object
    answered: int  # as the simulator counts
    pairs: list
    round_trip: list  # seconds, evenly spaced ranks


def _measure(tool, shape, seconds, rate, seed):
    with tool.simulate("--latency", shape, "--seed", str(seed)) as simulator:
        run = tool.run("http", simulator.url + "/health", "-r", rate, "-d", f"{seconds}s", "-c", 100, "--seed", seed)
        return run, [(sent - received) / 1e9 for received, sent, _ in simulator.samples()]


def round_trip(tool, seconds=3, rate=500, seed=1, points=100):
    """Seconds from the sending of a request to the reading of its answer, without the simulator's part in between: the
    quantiles at `points` evenly spaced ranks."""
    run, truth = _measure(tool, "const:0s", seconds, rate, seed)
    measured = Histogram(run.scenario["histograms"]["latency_without_lag"])
    inside = quantile(truth, 0.5)
    return [max(0.0, measured.quantile((i + 0.5) / points) - inside) for i in range(points)]


def compare(tool, shape, seconds=10, rate=500, seed=1, calibrated=None):
    """`calibrated` is what round_trip() found; it is measured anew when there is none."""
    if calibrated is None:
        calibrated = round_trip(tool, min(seconds, 3), rate, seed)
    run, truth = _measure(tool, shape, seconds, rate, seed)
    measured = Histogram(run.scenario["histograms"]["latency_without_lag"])
    sums = sorted(inside + outside for inside in truth for outside in calibrated)
    pairs = [Pair(q, measured.quantile(q), quantile(sums, q)) for q in QUANTILES]
    return Comparison(run, len(truth), pairs, calibrated)
