"""What the benchmarks of tools/bench share: processes on cores of their own, quartiles, and the page that tables go to."""

import ctypes
import json
import os
import pathlib
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


class Unusable(Exception):
    """A run that gives no number: the client failed, or its requests did."""


def pin(core):
    """For a child, between fork and exec: its core, and that it ends with us."""
    libc, pr_set_pdeathsig = ctypes.CDLL(None), 1

    def before_exec():
        os.sched_setaffinity(0, {core})
        libc.prctl(pr_set_pdeathsig, signal.SIGTERM)
    return before_exec


class Server:
    """A server process on one core, for the time of a `with`."""

    def __init__(self, name, argv, core, port, path="/", scheme="http"):
        self.name, self.argv, self.core, self.port, self.path, self.scheme = name, argv, core, port, path, scheme

    def __enter__(self):
        self.process = subprocess.Popen(self.argv, preexec_fn=pin(self.core), stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        if self.port is None:  # it prints what the kernel chose
            self.port = int(self.process.stdout.readline().split()[1])
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.02)
        self.__exit__()
        raise SystemExit(f"bench: {self.name} does not listen on port {self.port}")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.port}{self.path}"


def metrics_of(out):
    """Of the first scenario of a result of loadstone."""
    document = json.loads(pathlib.Path(out, "result.json").read_text())
    return document["scenarios"][0]["metrics"]


def watch_memory(pid, peak, done):
    """The high-water mark of the program itself: wait4's would count the Python that forked it."""
    while not done.wait(0.05):
        try:
            match = re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())
        except OSError:
            return
        if match:
            peak[0] = max(peak[0], int(match.group(1)) * 1024)


def run(argv, core, limit):
    """Runs one client on its core: its output, its CPU seconds (user + system), its peak memory in bytes."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(argv, preexec_fn=pin(core), stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        peak, done = [0], threading.Event()
        killer = threading.Timer(limit, process.kill)
        watcher = threading.Thread(target=watch_memory, args=(process.pid, peak, done))
        time.sleep(0.02)  # past the exec: the memory before it is ours
        watcher.start()
        killer.start()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        done.set()
        killer.cancel()
        watcher.join()
        output.seek(0)
        text = output.read().decode(errors="replace")
    return process.returncode, text, usage.ru_utime + usage.ru_stime, peak[0]


def say(text):
    print(text, file=sys.stderr, flush=True)


def quartiles(values):
    if len(values) < 2:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high


def machine():
    model = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return f"{os.cpu_count()} cores ({model.group(1).strip() if model else os.uname().machine}), kernel {os.uname().release}"


def write_into(path, text, mark):
    """Replaces what stands between the marks of that name in a page."""
    begin, end = f"<!-- {mark} -->", f"<!-- end of {mark} -->"
    page = pathlib.Path(path)
    old = page.read_text()
    if begin not in old or end not in old:
        raise SystemExit(f"bench: {page} has no {begin} ... {end}")
    page.write_text(old[:old.index(begin)] + f"{begin}\n{text}\n{end}" + old[old.index(end) + len(end):])
    say(f"bench: wrote {page}")
