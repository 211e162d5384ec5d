"""Latency as loadstone measures it, against the simulator's own stamps of the same requests.

The generator's own lag is left out on both sides: the simulator cannot see it. What it cannot see either is the way
through the kernel and both event loops: every other request asks for an answer that takes no time, which shows it, and its
whole distribution is added to that of the record, as for two independent times. In the same run, since a machine that
others use too is never twice the same.
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
    truth: float  # with the round trip
    recorded: float  # without it

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


AT_ONCE = "/at-once"
SLOW = "/slow"
AT_ONCE_STATUS = 299  # tells the two apart in the simulator's record


def _seconds(samples, at_once):
    return [(sent - received) / 1e9 for received, sent, status in samples if (status == AT_ONCE_STATUS) == at_once]


def compare(tool, shape, seconds=10, rate=500, seed=1, points=100):
    """`rate` of each of the two kinds of requests."""
    with tool.simulate("--rule", f"{AT_ONCE} latency=const:0s error=100%:{AT_ONCE_STATUS}", "--rule", f"{SLOW} latency={shape}",
                       "--seed", str(seed)) as simulator:
        suite = tool.write(f"latency-{seed}.yaml", f"""
target: {simulator.url}
scenarios:
  - name: latency
    http:
      rate: {2 * rate}/s
      duration: {seconds}s
      connections: 100
      requests: [request: GET {AT_ONCE}, request: GET {SLOW}]
""")
        run = tool.run("run", suite, "--seed", seed)
        samples = simulator.samples()
    trip = Histogram(run.scenario["histograms"][f"step.GET {AT_ONCE}.service_time"])
    inside = quantile(_seconds(samples, at_once=True), 0.5)
    # From the sending of a request to the reading of its answer, without the simulator's part: at evenly spaced ranks.
    round_trip = [max(0.0, trip.quantile((i + 0.5) / points) - inside) for i in range(points)]
    measured = Histogram(run.scenario["histograms"][f"step.GET {SLOW}.service_time"])
    truth = _seconds(samples, at_once=False)
    sums = sorted(inside + outside for inside in truth for outside in round_trip)
    pairs = [Pair(q, measured.quantile(q), quantile(sums, q), quantile(truth, q)) for q in QUANTILES]
    return Comparison(run, len(samples), pairs, round_trip)
