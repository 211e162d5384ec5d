"""A service that answers nothing for 200 ms after every 2 s of service, under 1000 requests a second.

What each request must have waited is recomputed from the simulator's own stamps and the schedule alone: arrivals are
uniform, so that request k is due k / rate after the start; requests are served in the order in which they are due, so
that the k-th answer that the simulator sent is that of request k. The start is the latest instant that lets no request
arrive before it is due.
"""

import contextlib
from dataclasses import dataclass

from hdr import quantile
from tls_front import Front

RATE = 1000
CONNECTIONS = 16
NOTE = "closed: not an arrival-rate SLO"


@dataclass
class Truth:
    p95: float  # seconds
    p99: float
    stalls: int
    by_stalls_p95: float  # the part that the recorded stalls explain, without the queue that drains after them
    by_stalls_p99: float


@dataclass
class StallRun:
    run: object
    answered: int
    truth: Truth

    def error(self, name):
        return self.run.metrics[f"latency.{name}"] / getattr(self.truth, name) - 1


def truth_of(samples, stalls, rate):
    received = sorted(r for r, _, _ in samples)
    sent = sorted(s for _, s, _ in samples)
    start = min(r - k * 1e9 / rate for k, r in enumerate(received))
    due = [start + k * 1e9 / rate for k in range(len(sent))]
    waits = [(s - d) / 1e9 for s, d in zip(sent, due)]
    whole = [(a, b) for a, b in stalls if b is not None]
    by_stalls = [max((b - d for a, b in whole if a <= d < b), default=0) / 1e9 for d in due]
    return Truth(quantile(waits, 0.95), quantile(waits, 0.99), sum(1 for a, _ in whole if a < due[-1]),
                 quantile(by_stalls, 0.95), quantile(by_stalls, 0.99))


@contextlib.contextmanager
def reached(simulator, behind_tls):
    """The URL of the simulator, or of an nginx that speaks TLS in front of it, and the flags that it takes."""
    if not behind_tls:
        yield simulator.url, []
        return
    with Front(before=simulator.url.removeprefix("http://")) as front:
        yield front.urls["good"], ["--cacert", front.ca]


def open_loop(tool, seconds=20, seed=1, behind_tls=False):
    with tool.simulate("--stall", "200ms/2s") as simulator, reached(simulator, behind_tls) as (url, flags):
        run = tool.run("http", url + "/health", "-r", RATE, "-d", f"{seconds}s", "-c", CONNECTIONS,
                       "--arrivals", "uniform", "-t", 1, "--seed", seed, *flags)
        samples = simulator.samples()
        return StallRun(run, len(samples), truth_of(samples, simulator.stalls(), RATE))


def closed_loop(tool, seconds=20):
    """The same rate, offered by users who wait for answers: as many as there are connections, who pause between."""
    with tool.simulate("--stall", "200ms/2s") as simulator:
        pause = CONNECTIONS / RATE
        return tool.run("http", simulator.url + "/health", "-c", CONNECTIONS, "--think", f"{pause * 1000:g}ms",
                        "-d", f"{seconds}s", "-t", 1)
