#!/usr/bin/python3
"""HTTP/2 against real servers: what loadstone counts is what nginx (over TLS), nghttpd and Node's http2 count.

    http2_counts.py LOAD_DRIVER
"""
import collections
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from nginx_counts import Nginx, run

STEPS = ["GET:/small", "GET:/big:0:0.3", "HEAD:/big", "GET:/chunked", "GET:/empty", "GET:/moved", "GET:/missing", "GET:/bad",
         "POST:/post:0", "POST:/post?x=1:1000", "PUT:/post?large:100000:0.3", "DELETE:/post?y", "OPTIONS:/small"]

NODE = """
const http2 = require('http2');
const counts = {requests: 0, refused: 0, sessions: 0, bytes: 0, paths: {}};
const server = http2.createServer({settings: {maxConcurrentStreams: Number(process.argv[1])}});
server.on('session', (session) => { ++counts.sessions; session.taken = 0; session.on('error', () => {}); });
server.on('stream', (stream, headers) => {
  ++counts.requests;
  counts.paths[headers[':path']] = (counts.paths[headers[':path']] || 0) + 1;
  stream.on('error', () => {});
  stream.on('data', (chunk) => { counts.bytes += chunk.length; });
  if (headers[':path'] === '/refused') { ++counts.refused; stream.close(http2.constants.NGHTTP2_REFUSED_STREAM); return; }
  if (headers[':path'] === '/never') { return; }
  if (headers[':path'] === '/leave' && ++stream.session.taken === 50) {  // no more of this connection
    stream.session.goaway(http2.constants.NGHTTP2_NO_ERROR, stream.id);
    const session = stream.session;
    setTimeout(() => session.close(), 5);
  }
  stream.on('end', () => { stream.respond({':status': 200}); stream.end(headers[':method'] === 'HEAD' ? '' : 'hello'); });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.on('SIGTERM', () => { console.log(JSON.stringify(counts)); process.exit(0); });
setTimeout(() => process.exit(1), 60000);
"""


class Node:
    def __init__(self, max_streams=100):
        self.max_streams = max_streams

    def __enter__(self):
        self.process = subprocess.Popen(["node", "-e", NODE, str(self.max_streams)], stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.counts = json.loads(self.process.stdout.read())
        self.process.stdout.close()
        self.process.wait(10)


class Nghttpd:
    """Its log, at its most talkative, names every stream's request."""

    def __enter__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="loadstone-nghttpd-"))
        (self.dir / "small").write_bytes(b"small\n")
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log = open(self.dir / "log", "w")
        self.process = subprocess.Popen(["nghttpd", "--no-tls", "-v", "--color", "-a", "127.0.0.1", "-d", str(self.dir), str(port)],
                                        stdout=self.log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return self
            except OSError:
                time.sleep(0.02)
        raise SystemExit("nghttpd does not listen")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)
        self.log.close()
        text = re.sub(r"\x1b\[[0-9;]*m", "", (self.dir / "log").read_text())
        # Those that differ from user to user are sent as sensitive: nobody is to keep them in a table.
        self.paths = collections.Counter(re.findall(r"\(stream_id=\d+(?:, sensitive)?\) :path: (\S+)", text))
        self.requests = self.paths.total()
        shutil.rmtree(self.dir)


class Found:
    def __init__(self):
        self.failed = 0

    def case(self, name, counters, checks):
        wrong = [f"{what}: {ours} and {theirs}" for what, ours, theirs in checks if ours != theirs]
        if counters["sent"] < 10:
            wrong.append(f"only {counters['sent']} requests were sent")
        law = counters["successes"] + counters["failures"] + counters["dropped"] + counters["unfinished"]
        if counters["scheduled"] != law:
            wrong.append(f"{counters['scheduled']} were due, and {law} came to an end")
        print("FAIL" if wrong else "ok  ", name, counters["sent"], "requests,", counters["connect.succeeded"], "connections")
        for text in wrong:
            print("     ", text)
        self.failed += bool(wrong)


def clean(counters):
    return [(name, counters[name], 0) for name in ("failures", "unfinished", "dropped", "unsolicited", "connect.failed")]


def against_nginx(driver, found):
    for options in ({"users": 25, "streams": 10}, {"users": 25, "streams": 10, "shards": 2, "reactor": "epoll"},
                    {"users": 4, "streams": 1}, {"rate": 1000, "connections": 4, "streams": 10},
                    {"users": 200, "streams": 200}):
        with Nginx(keepalive_requests=100000, tls=True) as nginx:
            counters, _ = run(driver, nginx.url, {"duration": 0.5, **options, "ca": nginx.ca}, STEPS)
        by_step = collections.Counter(f"step.{line[1]} {line[2]}.requests" for line in nginx.lines)
        by_status = collections.Counter(f"status.{line[3]}" for line in nginx.lines)
        found.case(f"nginx {options}", counters, [
            ("requests", counters["sent"], len(nginx.lines)),
            ("connections", counters["connect.succeeded"], len({line[0] for line in nginx.lines})),
            ("by step", {n: v for n, v in counters.items() if re.fullmatch(r"step\..*\.requests", n)}, dict(by_step)),
            ("by status", {n: v for n, v in counters.items() if n.startswith("status.")}, dict(by_status)),
            ("retries", counters["retries"], 0), *clean(counters)])
    # It goes away after each 100 requests of a connection, and logs what it has looked at.
    with Nginx(keepalive_requests=100, tls=True) as nginx:
        counters, _ = run(driver, nginx.url, {"duration": 0.5, "users": 20, "streams": 10, "ca": nginx.ca}, ["GET:/small"])
    found.case("nginx that goes away", counters, [
        ("answers", counters["successes"], len(nginx.lines)), *clean(counters),
        ("has gone away", counters["connect.succeeded"] > 5, True)])
    # A server of HTTP/1.1 alone is refused before anything is sent.
    with Nginx(tls=True, http2=False) as nginx:
        done = subprocess.run([driver, nginx.url, "users=5", "streams=10", "duration=1", f"ca={nginx.ca}", "GET:/small"],
                              capture_output=True, text=True, timeout=60)
    if done.returncode == 0 or "the server does not speak HTTP/2" not in done.stderr or nginx.lines:
        print("FAIL a server of HTTP/1.1:", done.stderr, nginx.lines[:1])
        found.failed += 1


def against_node(driver, found):
    usual = ["GET:/a", "POST:/b:1000", "HEAD:/c", "PUT:/d:100000:0.1"]
    for options in ({"users": 25, "streams": 10}, {"rate": 1000, "connections": 3, "streams": 10}):
        with Node() as node:
            counters, _ = run(driver, node.url, {"duration": 0.5, **options}, usual)
        found.case(f"node {options}", counters, [
            ("requests", counters["sent"], node.counts["requests"]),
            ("connections", counters["connect.succeeded"], node.counts["sessions"] - 1),  # one was tried before the run
            ("bytes of bodies", node.counts["bytes"], counters["step.POST /b.requests"] * 1000 + counters["step.PUT /d.requests"] * 100000),
            *clean(counters)])
    with Node(max_streams=3) as node:
        counters, _ = run(driver, node.url, {"duration": 0.5, "users": 20, "streams": 10}, usual)
    found.case("node with three streams", counters, [("requests", counters["sent"], node.counts["requests"]), *clean(counters)])
    with Node() as node:
        counters, _ = run(driver, node.url, {"duration": 0.5, "users": 10, "streams": 10}, ["GET:/a", "GET:/refused:0:0.2"])
    found.case("node that refuses", counters, [
        ("requests", counters["sent"], node.counts["requests"]), ("connections", counters["connect.succeeded"], 1),
        ("refused", counters["errors.reset"], node.counts["refused"]), ("failures", counters["failures"], node.counts["refused"])])
    with Node() as node:
        counters, _ = run(driver, node.url, {"duration": 1, "timeout": 0.1, "users": 10, "streams": 10}, ["GET:/a", "GET:/never:0:0.01"])
    found.case("node that forgets", counters, [
        ("requests", counters["sent"], node.counts["requests"]), ("connections", counters["connect.succeeded"], 1),
        ("timeouts", counters["errors.timeout"], counters["step.GET /never.requests"]),
        ("failures", counters["failures"], counters["errors.timeout"])])
    with Node() as node:
        counters, _ = run(driver, node.url, {"duration": 1, "rate": 500, "connections": 2, "streams": 10}, ["GET:/leave"])
    found.case("node that goes away", counters, [*clean(counters), ("has gone away", node.counts["sessions"] > 4, True)])


def main(driver):
    found = Found()
    against_nginx(driver, found)
    for options in ({"users": 25, "streams": 10}, {"rate": 500, "connections": 3, "streams": 10, "shards": 2}):
        with Nghttpd() as nghttpd:
            counters, _ = run(driver, nghttpd.url, {"duration": 0.3, **options}, ["GET:/small", "GET:/missing", "POST:/small:100"])
        found.case(f"nghttpd {options}", counters, [("requests", counters["sent"], nghttpd.requests), *clean(counters)])
    against_node(driver, found)
    return 1 if found.failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
