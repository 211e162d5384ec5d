"""The generator is hindered on purpose. A run that it spoilt is invalid (exit code 3): never a miss, never a pass."""

import os
import shutil
import signal
import subprocess
import time

from loadstone import PATIENCE, Run

INVALID = 3


def paused(tool, limit, seconds=5):
    """Stopped for 300 ms in the middle, with a target on latency."""
    with tool.simulate("--latency", "const:1ms") as simulator:
        started = tool.start("http", simulator.url + "/health", "-r", 500, "-d", f"{seconds}s", "-c", 50,
                             "--slo", f"latency.p99 < {limit}")
        time.sleep(seconds / 2)
        os.kill(started.pid, signal.SIGSTOP)
        time.sleep(0.3)
        os.kill(started.pid, signal.SIGCONT)
        return started.wait()


def starved(tool, limit="5ms", seconds=5, hogs=3, nice=10):
    """One processor for the generator and three loops that never rest, which come before it: a thirtieth is left. (At 19 it
    is a two-hundredth, less than what watching the service takes, and minutes pass before the results are written.)"""
    core = str(max(os.sched_getaffinity(0)))
    others = [subprocess.Popen(["taskset", "-c", core, "sh", "-c", "while :; do :; done"]) for _ in range(hogs)]
    try:
        with tool.simulate("--latency", "const:1ms") as simulator:
            return tool.run("http", simulator.url + "/health", "-r", 1000, "-d", f"{seconds}s", "-c", 50, "-t", 1,
                            "--slo", f"latency.p99 < {limit}", prefix=["taskset", "-c", core, "nice", "-n", str(nice)],
                            timeout=5 * PATIENCE)
    finally:
        for hog in others:
            hog.kill()
            hog.wait()


def without_descriptors(tool, seconds=3):
    """A hundred connections for a process that may open forty files."""
    with tool.simulate("--latency", "const:1ms") as simulator:
        return tool.run("http", simulator.url + "/health", "-c", 100, "-d", f"{seconds}s",
                        "--slo", "latency.p99 < 1s", "--slo", "error_rate < 50%", descriptors=40)


def may_make_namespaces():
    return shutil.which("unshare") is not None and subprocess.run(
        ["unshare", "-Urn", "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0


def without_ports(tool, seconds=3):
    """A new connection for each request, 50 at a time, in a network that has 33 local ports."""
    folder = tool.new_folder()
    script = (
        "set -e; ip link set lo up; echo '40000 40032' > /proc/sys/net/ipv4/ip_local_port_range; "
        '"$0" simulate --port 8000 --latency const:100ms > "$2" & simulator=$!; '
        "trap 'kill -9 $simulator' EXIT; "
        'until grep -q simulating "$2"; do sleep 0.05; done; '
        f'"$0" http http://127.0.0.1:8000/health --no-keepalive -c 50 -d {seconds}s '
        '--slo "latency.p99 < 5s" --slo "error_rate < 90%" -o "$1"')
    log = tool.write("ports.log", "")
    done = subprocess.run(["unshare", "-Urn", "sh", "-c", script, tool.binary, folder, log], capture_output=True,
                          text=True, timeout=2 * PATIENCE, check=False)
    return Run(done.returncode, done.stdout, done.stderr, folder)


KINDS = {
    "paused for 300 ms, target missed": lambda tool: paused(tool, "20ms"),
    "paused for 300 ms, target met": lambda tool: paused(tool, "5s"),
    "starved by loops, target tight": lambda tool: starved(tool, "5ms"),
    "starved by loops, target 50 ms": lambda tool: starved(tool, "50ms"),
    "40 descriptors for 100 connections": without_descriptors,
    "33 ports for 50 connections": without_ports,
}
