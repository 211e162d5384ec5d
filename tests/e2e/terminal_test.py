#!/usr/bin/python3
"""What a person sees while a run goes on: on a terminal of 80 and of 200 columns, and where the output is piped."""

import fcntl
import os
import re
import signal
import struct
import subprocess
import tempfile
import termios

import pyte

from case import Case, main
from servers import plain, serving

SUITE = """
suite: shop
target: {url}
defaults: {{duration: 2s}}
scenarios:
  - name: front_page
    http: {{request: GET /, rate: 100/s}}
    profile: true
    expect: [requests > 10]
  - name: "search, with a name that is longer than anybody would give it, but somebody will all the same"
    http: {{request: GET /, concurrency: 3, think: 5ms}}
    expect: [rate > 10M/s]
  - name: last
    http: {{request: GET /, concurrency: 2, think: 5ms, duration: 1s}}
"""
END_OF_FRAME = b"\x1b[?7h"


def on_terminal(command, columns, rows):
    """Everything a program writes to a terminal of that size."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True,
                          env={**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}) as process:
        os.close(theirs)
        written = b""
        try:
            signal.alarm(60)
            while True:
                more = os.read(ours, 65536)
                if not more:
                    break
                written += more
        except OSError:  # the other end is closed
            pass
        finally:
            signal.alarm(0)
            os.close(ours)
        return written, process.wait()


def frames(written, columns, rows):
    """The screen as it was after each frame, and at the very end."""
    screen = pyte.Screen(columns, rows)
    stream = pyte.ByteStream(screen)
    shown = []
    for part in written.split(END_OF_FRAME):
        stream.feed(part + END_OF_FRAME)
        shown.append([line.rstrip() for line in screen.display])
    return shown


class Terminal(Case):
    def run_suite(self, columns=None, rows=30):
        with serving(lambda _: plain()) as server, tempfile.TemporaryDirectory() as folder:
            suite = os.path.join(folder, "suite.yaml")
            with open(suite, "w", encoding="utf-8") as file:
                file.write(SUITE.format(url=server.url))
            command = [Case.binary, "run", suite]
            if columns:
                return on_terminal(command, columns, rows)
            done = subprocess.run(command, capture_output=True, timeout=60, check=False)
            return done.stderr, done.returncode

    def check(self, columns):
        rows = 30
        written, code = self.run_suite(columns, rows)
        self.assertIn(code, (1, 3), "a target was missed, or on a busy machine the run is invalid")
        shown = frames(written, columns, rows)
        self.assertGreater(len(shown), 10)
        running = [f for f in shown if any(line.startswith("▸ search") for line in f) and any("p95 " in line for line in f)]
        self.assertGreater(len(running), 3, "the second scenario was seen running")
        frame = running[-1]
        text = "\n".join(frame)
        self.assertRegex(text, "[✓!?] front_page")
        for part in ("2 of 2 s" if columns > 100 else " of 2 s", "requests", "none failed", "throughput",
                     "latency", "3 connections", "generator", "  last", "1 of 3 done"):
            self.assertIn(part, text)
        self.assertRegex(text, "[▁▂▃▄▅▆▇█]{5}", "a sparkline")
        # One frame over the other: every scenario stands there once, below the plan, whatever was drawn before.
        frame = frame[next(i for i, line in enumerate(frame) if "of 3 done" in line):]
        for name in ("front_page", "last"):
            lines = [line for line in frame if re.match(rf"^[✓·▸ ] {name}\b", line)]
            self.assertEqual(len(lines), 1, text)
        # What is said in between stays above; no frame leaves a line of itself behind.
        self.assertTrue(any("front_page: once more, with a profile" in line for line in shown[-2]), shown[-2])
        for drawn in shown[:-1]:
            self.assertLessEqual(sum("of 3 done" in line for line in drawn), 1, "\n".join(drawn))
        ended = "\n".join(shown[-1])
        self.assertNotIn("▸", ended, "the frame gives way to the report")
        self.assertIn("3 scenarios", ended)
        return frame

    def test_eighty_columns(self):
        frame = self.check(80)
        self.assertTrue(any("…" in line for line in frame), "the long name is cut")

    def test_two_hundred_columns(self):
        frame = self.check(200)
        self.assertGreater(max(len(line) for line in frame), 90)

    def test_piped(self):
        written, code = self.run_suite()
        self.assertIn(code, (1, 3))
        self.assertNotIn(b"\x1b", written)
        self.assertNotIn(b"\r", written)
        lines = [line for line in written.decode().splitlines() if line.startswith("[")]
        self.assertEqual(len(lines), 3, written.decode())
        self.assertRegex(lines[0], r"^\[1/3\] front_page  2 of 2 s  \d+ requests  .*p50 .*p95 .*p99 ")


if __name__ == "__main__":
    main()
