#!/usr/bin/python3
"""Runs that end otherwise than planned: somebody is killed, or the disk is full. Nothing hangs, nothing is left running,
and what was measured can be shown."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
import unittest

from case import Case, main
from loadstone import BUSY, eventually, free_port

SUITE = """\
suite: long
target: http://127.0.0.1:{port}
service:
  command: [{binary}, simulate, --port, "{port}", --latency, "exp:2ms"]
  ready: GET /health
scenarios:
  - name: first
    http: {{request: GET /health, rate: 200/s, duration: 60s, connections: 20}}
    expect: [latency.p99 < 5s]
  - name: second
    http: {{request: GET /health, concurrency: 2, duration: 60s}}
"""


class Ends(Case):
    @contextlib.contextmanager
    def running(self, folder=None):
        """A run with a service of its own, of which something is already on the disk."""
        port = free_port()
        suite = self.tool.write(f"long{port}.yaml", SUITE.format(port=port, binary=self.tool.binary))
        started = self.tool.start("run", suite, folder=folder)
        try:
            self.assertTrue(eventually(lambda: len(self.journal(started)) > 3), "nothing was measured")
            yield started
        finally:
            started.process.kill()
            for pid in started.left_behind():
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            started.process.communicate()

    @staticmethod
    def journal(started):
        with contextlib.suppress(FileNotFoundError):
            with open(os.path.join(started.folder, "journal.ndjson")) as f:
                return f.readlines()
        return []

    @staticmethod
    def service_of(started):
        """The process that the suite's command became."""
        for pid in started.left_behind():
            with contextlib.suppress(OSError), open(f"/proc/{pid}/cmdline", "rb") as f:
                if b"simulate" in f.read().split(b"\0"):
                    return pid
        return None

    def nothing_left(self, started):
        self.assertTrue(eventually(lambda: not started.left_behind()), f"still running: {started.left_behind()}")

    def requests_in_journal(self, started):
        blocks = [json.loads(line).get("block", {}) for line in self.journal(started)[1:] if line.endswith("\n")]
        return sum(b.get("counters", {}).get("requests", 0) for b in blocks)

    def shows(self, started, at_least, code):
        """`loadstone report` shows what was measured, and that it is not all; twice, and the second time as JSON."""
        text = self.tool.run("report", started.folder, out=False)
        result = json.loads(self.tool.run("report", started.folder, "--format", "json", out=False).out)
        # A machine that was busy with something else makes what was measured invalid, and that outweighs. No other reason
        # does: above all not counts that do not balance.
        why = {f["rule"] for s in result["scenarios"] for f in s["findings"] if f["invalidates"]}
        self.assertLessEqual(why, BUSY)
        busy = bool(why)
        self.assertEqual(text.code, 3 if busy else code, text)
        self.assertIn("partial", text.out.lower(), text)
        self.assertTrue(result["partial"])
        first, second = result["scenarios"]
        self.assertGreaterEqual(first["metrics"]["requests"], at_least)
        self.assertGreater(at_least, 0)
        self.assertEqual(second["problem"], "it was not run")
        return result

    def test_the_service_is_killed(self):
        with self.running() as started:
            os.kill(self.service_of(started), signal.SIGKILL)
            run = started.wait()
            self.assertEqual(run.code, 3, run)
            self.assertEqual(run.verdict, "invalid")
            self.assertIn("killed by signal 9", run.scenario["problem"])
            self.assertGreater(run.metrics["requests"], 0)
            self.assertEqual(run.balance(), 0)
            self.nothing_left(started)

    def test_loadstone_is_killed(self):
        with self.running() as started:
            os.kill(started.pid, signal.SIGKILL)
            started.process.communicate()
            self.nothing_left(started)
            result = self.shows(started, self.requests_in_journal(started), code=4)
            self.assertTrue(result["scenarios"][0]["interrupted"])

    def test_both_are_killed(self):
        with self.running() as started:
            service = self.service_of(started)
            os.kill(started.pid, signal.SIGKILL)
            os.kill(service, signal.SIGKILL)
            started.process.communicate()
            self.nothing_left(started)
            self.shows(started, self.requests_in_journal(started), code=4)

    def test_a_torn_last_line(self):
        with self.running() as started:
            os.kill(started.pid, signal.SIGKILL)
            started.process.communicate()
        path = os.path.join(started.folder, "journal.ndjson")
        os.truncate(path, os.path.getsize(path) - 40)
        result = self.shows(started, self.requests_in_journal(started), code=4)
        self.assertTrue(result["losses"])

    def interrupted(self, number, code):
        with self.running() as started:
            os.kill(started.pid, number)
            run = started.wait()
            self.assertEqual(run.code, code, run)
            self.assertTrue(run.result["partial"])
            self.assertGreater(run.metrics["requests"], 0)
            self.assertEqual(run.balance(), 0)
            self.nothing_left(started)
            self.shows(started, run.metrics["requests"], code=4)

    def test_interrupt(self):
        self.interrupted(signal.SIGINT, 130)

    def test_terminate(self):
        self.interrupted(signal.SIGTERM, 143)

    def test_interrupt_before_the_service_is_ready(self):
        port = free_port()
        suite = self.tool.write("never.yaml", SUITE.format(port=port, binary=self.tool.binary)
                                .replace(f'--port, "{port}"', f'--port, "{port}", --no-accept'))
        started = self.tool.start("run", suite)
        self.assertTrue(eventually(lambda: self.service_of(started)), "the service was not started")
        os.kill(started.pid, signal.SIGINT)
        run = started.wait()
        self.assertEqual(run.code, 130, run)
        self.nothing_left(started)

    def test_the_service_cannot_start(self):
        suite = self.tool.write("none.yaml", SUITE.format(port=free_port(), binary="/nowhere/at/all"))
        started = self.tool.start("run", suite)
        run = started.wait()
        self.assertEqual(run.code, 3, run)
        self.assertIn("/nowhere/at/all", run.err)
        self.nothing_left(started)

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("mount"), "mounting a small disk needs root")
    def test_the_disk_is_full(self):
        folder = os.path.join(self.tool.folder, "small")
        os.mkdir(folder)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100k", "none", folder], check=True)
        try:
            with self.running(folder) as started:
                begun = time.monotonic()
                run = started.wait()
                self.assertLess(time.monotonic() - begun, 58, "it went on although nothing could be kept")
                self.assertIn("No space left", run.err)
                # 4: cut short, it decides nothing; 3: what is on the disk would do for a pass, but cannot be written.
                self.assertIn(run.code, (3, 4), run)
                self.nothing_left(started)
                at_least = self.requests_in_journal(started)
                self.assertTrue(all(line.endswith("\n") for line in self.journal(started)))
                text = self.tool.run("report", folder, "--format", "json", out=False)
                result = json.loads(text.out)
                self.assertTrue(result["partial"])
                self.assertEqual(result["scenarios"][0]["metrics"]["requests"], at_least)
                self.assertGreater(at_least, 0)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


if __name__ == "__main__":
    main()
