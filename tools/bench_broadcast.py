"""tools/bench --what broadcast: what a client spends for a message that it hears."""

import contextlib
import ctypes
import pathlib
import random
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import threading
import time

from bench_process import ROOT, Unusable, metrics_of, pin, quartiles, say

LISTENERS = ["loadstone/io_uring", "loadstone/epoll", "ws", "beast"]
DELIVERIES = {1: 50_000, 10: 200_000}  # a second, by frames in one write
LINGER = 1.5  # seconds after the last message: loadstone settles its ledger after its drain time of 1 s
PATIENCE = 60  # seconds for what takes no time of its own

SUITE = """\
suite: bench
target: http://127.0.0.1:{port}
scenarios:
  - name: broadcast
    websocket: {{path: /, clients: {audience}, duration: {seconds}s, drain: 1s, match: {{pointer: /id, time: /time}}}}
"""


def check(parser, options):
    """What this part of the benchmark needs."""
    if options.what not in ("broadcast", "all"):
        return
    if "ws" not in options.listeners:
        options.listeners.append("ws")
    for listener in options.listeners:
        if listener not in LISTENERS:
            parser.error(f"unknown listener {listener}")
    for program in ("bench_ws_server", "bench_ws_client"):
        if not pathlib.Path(options.programs, program).exists():
            parser.error(f"{options.programs}/{program} is missing: make bench builds it")
    if not shutil.which("node") or not (ROOT / "node_modules/ws").exists():
        parser.error("node or its package ws is not installed: run tools/bootstrap")


class Meter:
    """The processor time of a living process (user and system, all threads), to the nanosecond."""

    def __init__(self, pid):
        clock = ctypes.c_int()
        if ctypes.CDLL(None).clock_getcpuclockid(pid, ctypes.byref(clock)) != 0:
            raise Unusable("the client ended before it was measured")
        self.clock = clock.value

    def read(self):
        try:
            return time.clock_gettime(self.clock)
        except OSError:
            raise Unusable("the client ended while it was measured") from None


def peak_memory(pid):
    try:
        return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) * 1024
    except (OSError, AttributeError):
        raise Unusable("the client ended before its memory was read") from None


@contextlib.contextmanager
def started(argv, core, **how):
    process = subprocess.Popen(argv, preexec_fn=pin(core), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, **how)
    killer = threading.Timer(3 * PATIENCE, process.kill)  # whatever is waited for, it ends
    killer.start()
    try:
        yield process
    finally:
        killer.cancel()
        process.kill()
        process.wait()
        process.stdout.close()


def says(process, word):
    """The rest of the next line, which must begin with the word."""
    line = process.stdout.readline()
    if not line.startswith(word):
        raise Unusable(f"{process.args[0]} said {line!r} where {word} was due")
    return line[len(word):].strip()


def command(listener, port, audience, out, options):
    if listener == "ws":
        return ["node", str(ROOT / "tools/bench_ws_client.js"), f"ws://127.0.0.1:{port}/", str(audience)]
    if listener == "beast":
        return [str(pathlib.Path(options.programs, "bench_ws_client")), str(port), str(audience)]
    suite = pathlib.Path(out, "bench.yaml")
    suite.write_text(SUITE.format(port=port, audience=audience, seconds=options.seconds + LINGER + 2))
    return [options.loadstone, "run", str(suite), "-t", "1", "--reactor", listener.partition("/")[2], "-o", f"{out}/result",
            *options.loadstone_args]


def measure(listener, burst, audience, options):
    """Microseconds of processor time for each delivery, from the first message to LINGER after the last."""
    rate = DELIVERIES.get(burst, 50_000) / audience / burst
    server_argv = [str(pathlib.Path(options.programs, "bench_ws_server")), "--clients", str(audience), "--rate", str(rate),
                   "--burst", str(burst), "--seconds", str(options.seconds)]
    with tempfile.TemporaryDirectory(prefix="bench-") as out, started(server_argv, options.server_core) as server:
        argv = command(listener, says(server, "port"), audience, out, options)
        with started(argv, options.client_core, stderr=subprocess.DEVNULL) as client:
            says(server, "begin")
            meter = Meter(client.pid)
            before = meter.read()
            sent = int(says(server, "end"))
            time.sleep(LINGER)
            spent, memory = meter.read() - before, peak_memory(client.pid)
            if listener.startswith("loadstone"):
                client.communicate(timeout=PATIENCE)
                received = heard(out, client.returncode)
            else:
                server.send_signal(signal.SIGKILL)  # its clients then say what they have received
                received = int(says(client, "received"))
        if received != sent:
            raise Unusable(f"{listener} received {received} of {sent}")
        return {"us": spent / sent * 1e6, "memory": memory, "deliveries": sent}


def heard(out, code):
    # Its code is a verdict: 3 (the generator was the limit) is what this benchmark is about.
    if code not in (0, 3, 4):
        raise Unusable(f"loadstone ended with {code}")
    metrics = metrics_of(f"{out}/result")
    if metrics["broadcast.duplicates"] or metrics["broadcast.reordered"]:
        raise Unusable("loadstone's ledger has what was never sent")
    return int(metrics["broadcast.delivered"])


def rounds(options):
    """-> {(burst, audience): {listener: [one measurement a round, None where it gave none]}}"""
    found, dice = {}, random.Random(options.seed)
    for number in range(options.rounds):
        for burst in options.bursts:
            for audience in options.audiences:
                row = found.setdefault((burst, audience), {listener: [] for listener in options.listeners})
                for listener in dice.sample(options.listeners, len(options.listeners)):
                    try:
                        row[listener].append(measure(listener, burst, audience, options))
                    except (Unusable, subprocess.TimeoutExpired) as why:
                        say(f"bench: no number: {why}")
                        row[listener].append(None)
                say(f"round {number + 1}, bursts of {burst}, {audience} clients: " + ", ".join(
                    f"{name} {runs[-1]['us']:.2f} us" for name, runs in row.items() if runs[-1]))
    return found


def ratio(row, listener, peer):
    """To a peer in the same round: median (quartiles)."""
    values = [a["us"] / b["us"] for a, b in zip(row[listener], row.get(peer, [])) if a and b]
    return "{1:.2f} ({0:.2f}–{2:.2f})".format(*quartiles(values)) if values else "none"


def tables(found, options):
    peers = [peer for peer in ("ws", "beast") if peer in options.listeners]
    last = options.audiences[-1]
    for burst in options.bursts:
        how = "one frame at a time" if burst == 1 else f"in bursts of {burst} frames"
        yield (f"\nHearing 200-byte JSON {how}, {DELIVERIES.get(burst, 50_000):,} deliveries/s over all clients: client CPU per "
               f"delivered message as a ratio to {' and '.join(peers)} in the same round, median (quartiles). ws is a client on "
               "npm ws, beast one on Boost.Beast; both only count.\n")
        yield "| client | " + " | ".join(f"{n} to {peer}" for n in options.audiences for peer in peers) + f" | memory at {last} |"
        yield "| --- |" + " ---: |" * (len(options.audiences) * len(peers) + 1)
        for listener in options.listeners:
            memories = [m["memory"] for m in found[(burst, last)][listener] if m]
            yield (f"| {listener} | " + " | ".join(ratio(found[(burst, n)], listener, peer) for n in options.audiences
                                                   for peer in peers) +
                   (f" | {statistics.median(memories) / 1e6:.0f} MB |" if memories else " | none |"))
        own = [(n, [m["us"] for m in found[(burst, n)]["ws"] if m]) for n in options.audiences]
        yield "\nws itself: " + ", ".join(f"{statistics.median(us):.2f} µs at {n}" for n, us in own if us) + "."
