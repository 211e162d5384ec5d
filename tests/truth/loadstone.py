"""Drives the real `loadstone` binary: its simulator, its runs, what they leave behind."""

import contextlib
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
import uuid

PATIENCE = 60  # seconds that a loaded machine may take for what ought to be instantaneous
# Findings that say that the machine had something else to do while a run was measured.
BUSY = {"generator_busy", "generator_lag", "generator_paused"}
MARK = "LOADSTONE_TEST_MARK"  # in the environment of all that a test starts, and so of all that those start


def free_port():
    """A port that was free a moment ago, for programs that must be told one."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def eventually(holds, timeout=PATIENCE):
    end = time.monotonic() + timeout
    while True:
        value = holds()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.02)


def marked_processes(mark):
    """The ids of all living processes that a marked program has left."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            with open(f"/proc/{name}/environ", "rb") as f:
                if f"{MARK}={mark}".encode() not in f.read().split(b"\0"):
                    continue
            with open(f"/proc/{name}/stat") as f:
                if f.read().rpartition(")")[2].split()[0] not in "ZX":
                    found.append(int(name))
    return found


def status_field(pid, field):
    """A field of /proc/PID/status in bytes, such as RssAnon."""
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
    raise KeyError(field)


class Run:
    """A run that has ended."""

    def __init__(self, code, out, err, folder):
        self.code, self.out, self.err, self.folder = code, out, err, folder
        self.result = None
        with contextlib.suppress(FileNotFoundError):
            with open(os.path.join(folder, "result.json")) as f:
                self.result = json.load(f)

    @property
    def scenario(self):
        return self.result["scenarios"][0]

    @property
    def metrics(self):
        return self.scenario["metrics"]

    @property
    def verdict(self):
        return self.result["verdict"]

    @property
    def rules(self):
        return [f["rule"] for s in self.result["scenarios"] for f in s["findings"]]

    def balance(self):
        """What was due minus what is accounted for, over all scenarios, from the journal: 0 by the conservation law."""
        due = ended = 0
        for block in self.blocks():
            n = block.get("counters", {}).get
            due += n("scheduled", 0)
            ended += n("successes", 0) + n("failures", 0) + n("dropped", 0) + n("unfinished", 0)
        return due - ended

    def blocks(self):
        with open(os.path.join(self.folder, "journal.ndjson")) as f:
            next(f)
            for line in f:
                entry = json.loads(line)
                if "block" in entry:
                    yield entry["block"]

    def count(self, name):
        return sum(b.get("counters", {}).get(name, 0) for b in self.blocks())

    def __str__(self):
        return f"exit code {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


class Started:
    """A run that goes on."""

    def __init__(self, process, folder, mark):
        self.process, self.folder, self.mark = process, folder, mark

    @property
    def pid(self):
        return self.process.pid

    def wait(self, timeout=PATIENCE * 2):
        try:
            out, err = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, err = self.process.communicate()
            raise AssertionError(f"it hangs\n--- stdout\n{out}\n--- stderr\n{err}") from None
        return Run(self.process.returncode, out, err, self.folder)

    def left_behind(self):
        return marked_processes(self.mark)


class Simulator:
    def __init__(self, process, url, log):
        self.process, self.url, self.log = process, url, log
        self.port = int(url.rpartition(":")[2])

    @property
    def pid(self):
        return self.process.pid

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as answer:
            return json.load(answer)

    def stats(self):
        return self.get("/__sim/stats")

    def samples(self):
        """(received, sent, status) of all answers, nanoseconds of CLOCK_MONOTONIC."""
        return self.get("/__sim/samples")

    def stalls(self):
        return self.get("/__sim/stalls")["service"]["stalls"]


class Tool:
    """The binary, and a folder for all that it writes. `prefix` goes before every command (taskset, nice)."""

    def __init__(self, binary, prefix=()):
        self.binary = os.path.abspath(binary)
        self.prefix = list(prefix)
        self.folder = tempfile.mkdtemp(prefix="loadstone-truth-")
        self._runs = 0

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_folder(self):
        self._runs += 1
        return os.path.join(self.folder, f"run{self._runs}")

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w" if isinstance(text, str) else "wb") as f:
            f.write(text)
        return path

    def start(self, *arguments, out=True, prefix=None, descriptors=None, folder=None):
        folder = folder or self.new_folder()
        mark = uuid.uuid4().hex

        def limit():
            if descriptors is not None:
                resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

        command = [*(self.prefix if prefix is None else prefix), self.binary, *map(str, arguments)]
        if out:
            command += ["-o", folder]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, env={**os.environ, MARK: mark}, preexec_fn=limit, cwd=self.folder)
        return Started(process, folder, mark)

    def run(self, *arguments, timeout=PATIENCE * 2, **how):
        return self.start(*arguments, **how).wait(timeout)

    @contextlib.contextmanager
    def simulate(self, *arguments, prefix=None):
        with tempfile.TemporaryFile("w+", dir=self.folder) as log:
            process = subprocess.Popen(
                [*(self.prefix if prefix is None else prefix), self.binary, "simulate", "--port", "0", *arguments],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True, cwd=self.folder)
            try:
                line = process.stdout.readline()
                if not line.startswith("simulating on "):
                    log.seek(0)
                    raise AssertionError(f"the simulator did not start: {line}{log.read()}")
                yield Simulator(process, "http://" + line.split()[-1], log)
            finally:
                process.send_signal(signal.SIGCONT)
                process.terminate()  # what it has planted outside of itself goes with it
                try:
                    process.wait(PATIENCE)
                finally:
                    process.kill()
                    process.wait()
                    process.stdout.close()
