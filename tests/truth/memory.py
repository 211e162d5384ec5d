"""What a run costs in memory: it must not grow with time, and little with connections."""

import os
import signal
import time

from loadstone import PATIENCE, eventually, status_field

MOST_BYTES = 40_000_000
MOST_GROWTH = 4_000_000  # another set of histograms, which a busy machine may need late; a leak would be more
MOST_PER_CONNECTION = 4096


def over_time(tool, first=5, second=25, connections=100):
    """Resident bytes at two instants of a run, and the growth of the calmer half between: on a busy machine another set of
    histograms may be needed at any time, but there are few of them, while a leak grows in both halves."""
    with tool.simulate("--latency", "exp:5ms") as simulator:
        started = tool.start("http", simulator.url + "/health", "-c", connections, "-d", f"{second + 3}s")
        time.sleep(first)
        before = status_field(started.pid, "VmRSS")
        time.sleep((second - first) / 2)
        between = status_field(started.pid, "VmRSS")
        time.sleep((second - first) / 2)
        after = status_field(started.pid, "VmRSS")
        return before, after, 2 * min(between - before, after - between), started.wait()


def with_idle(tool, connections):
    """Own bytes of a generator whose users have all sent one request, and now think. The run is then broken off."""
    with tool.simulate(f"--max-connections={connections + 100}") as simulator:
        started = tool.start("http", simulator.url + "/health", "-c", connections, "--think", "60s", "-d", "120s", "-t", 1)
        try:
            if not eventually(lambda: simulator.stats()["answered"] >= connections, 2 * PATIENCE):
                raise AssertionError(f"only {simulator.stats()['answered']} of {connections} requests were answered")
            time.sleep(0.5)
            used = status_field(started.pid, "RssAnon")
        finally:
            os.kill(started.pid, signal.SIGINT)
        return used, started.wait()


def per_connection(tool, many=10_000, few=100):
    low, _ = with_idle(tool, few)
    high, run = with_idle(tool, many)
    return (high - low) / (many - few), low, high, run
