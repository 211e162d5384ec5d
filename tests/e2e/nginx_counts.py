#!/usr/bin/python3
"""Against a real nginx: what loadstone says it sent and got is what nginx says it got and sent, to the last byte.

    nginx_counts.py LOAD_DRIVER
"""
import collections
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "truth"))

from certificates import Authority  # noqa: E402

CONFIG = """
daemon off;
worker_processes 1;
user root;
pid {dir}/nginx.pid;
error_log {dir}/error.log;
events {{ worker_connections 2000; }}
http {{
  client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fastcgi;
  uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
  log_format exact '$connection $request_method $request_uri $status $request_length $bytes_sent $content_length $server_protocol';
  access_log {dir}/access.log exact;
  keepalive_requests {keepalive_requests};
  keepalive_timeout 60s;
  server {{
    listen {host}:{port} backlog=1024{tls};
    root {dir}/www;
    location /chunked {{ ssi on; ssi_types *; }}
    location /post {{ return 200 "taken"; }}
    location /empty {{ return 204; }}
    location /moved {{ return 301 /small; }}
    location /bad {{ return 503; }}
  }}
}}
"""

STEPS = [
    "GET:/small", "GET:/big:0:0.3", "HEAD:/big", "GET:/chunked", "GET:/empty", "GET:/moved", "GET:/missing", "GET:/bad",
    "POST:/post:0", "POST:/post?x=1:1000", "PUT:/post?large:100000:0.3", "DELETE:/post?y", "OPTIONS:/small",
]  # fmt: skip


class Nginx:
    """Serves until the end of a with block; then `lines` are what it logged."""

    def __init__(self, keepalive_requests=100, tls=False, version="TLSv1.3", http2=True):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="loadstone-nginx-"))
        (self.dir / "www").mkdir()
        (self.dir / "www/small").write_bytes(b"small\n")
        (self.dir / "www/big").write_bytes(bytes(range(256)) * 800)
        (self.dir / "www/chunked").write_text("before <!--# echo var='request_method' --> after")
        self.keepalive_requests = keepalive_requests
        self.lines = []
        self.scheme, self.tls, self.ca = "http", "", None
        if tls:
            authority = Authority(str(self.dir))
            pem, key = authority.issue("server")
            self.scheme, self.ca = "https", authority.path("ca.pem")
            self.tls = f" ssl{' http2' if http2 else ''}; http2_max_concurrent_streams 128; ssl_certificate {pem}; ssl_certificate_key {key}; ssl_protocols {version}"

    def __enter__(self):
        # The socket is made here, on a port that the kernel chooses, and handed over: no other program can take the
        # port in between.
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(1024)
        host, port = listener.getsockname()
        self.url = f"{self.scheme}://{host}:{port}"
        config = self.dir / "nginx.conf"
        config.write_text(
            CONFIG.format(dir=self.dir, host=host, port=port, tls=self.tls, keepalive_requests=self.keepalive_requests)
        )
        program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        self.process = subprocess.Popen(
            [program, "-p", str(self.dir), "-c", str(config), "-e", str(self.dir / "error.log")],
            env={**os.environ, "NGINX": f"{listener.fileno()};"},
            pass_fds=[listener.fileno()],
            stderr=subprocess.DEVNULL,
        )
        listener.close()
        return self

    def __exit__(self, *_):
        # It closes its connections, and so logs what is still in the air, before it goes.
        assert self.process.poll() is None, "nginx has ended by itself"
        self.process.send_signal(signal.SIGQUIT)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        log = self.dir / "access.log"
        self.lines = [line.split() for line in log.read_text().splitlines()] if log.exists() else []
        # (A connection without a request, such as the probe before the run, is not logged.)
        shutil.rmtree(self.dir)


def run(driver, url, options, steps):
    words = [f"{name}={value}" for name, value in options.items()]
    done = subprocess.run([driver, url, *words, *steps], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise SystemExit(f"the driver failed: {done.stderr}")
    counters = {}
    for line in done.stdout.splitlines():
        name, value = line.split("\t")
        counters[name] = int(value)
    return collections.defaultdict(int, counters), done.stderr


def differences(counters, lines, options):
    """What loadstone counted and nginx did not, as sentences."""
    found = []

    def same(what, ours, theirs):
        if ours != theirs:
            found.append(f"{what}: loadstone {ours}, nginx {theirs}")

    same("requests", counters["sent"], len(lines))
    # Its request_length leaves out a body that it threw away, as every location here does.
    bodies = sum(int(line[6]) for line in lines if line[6] != "-")
    same("bytes sent", counters["bytes.sent"], sum(int(line[4]) for line in lines) + bodies)
    same("bytes received", counters["bytes.received"], sum(int(line[5]) for line in lines))
    if options.get("warmup", 0) == 0:
        by_step = collections.Counter(f"step.{line[1]} {line[2]}.requests" for line in lines)
        ours = {n: v for n, v in counters.items() if re.fullmatch(r"step\..*\.requests", n)}
        same("requests by step", dict(sorted(ours.items())), dict(sorted(by_step.items())))
        by_status = collections.Counter(f"status.{line[3]}" for line in lines)
        ours = {n: v for n, v in counters.items() if n.startswith("status.")}
        same("answers by status", dict(sorted(ours.items())), dict(sorted(by_status.items())))
    else:
        same("requests and warm-up", counters["requests"] + counters["unmeasured"], len(lines))
    for name in ("failures", "unfinished", "dropped", "retries", "unsolicited", "connect.failed"):
        same(name, counters[name], 0)
    return found


def cases():
    for reactor in ("io_uring", "epoll"):
        for shards in (1, 2):
            for keep_alive in (1, 0):
                common = {"reactor": reactor, "shards": shards, "keep_alive": keep_alive}
                yield {**common, "users": 8, "duration": 0.5}
                yield {**common, "rate": 1500, "connections": 16, "duration": 0.5}
        yield {"reactor": reactor, "users": 7, "requests": 3001, "shards": 2}
        yield {"reactor": reactor, "users": 5, "duration": 0.4, "warmup": 0.3}
        yield {"reactor": reactor, "rate": 1000, "connections": 9, "duration": 0.4, "warmup": 0.3, "shards": 2}
        for version in ("TLSv1.2", "TLSv1.3"):
            for resume in (0, 1):
                yield {"reactor": reactor, "tls": version, "users": 6, "duration": 0.4, "keep_alive": 0, "resume": resume}
            yield {"reactor": reactor, "tls": version, "users": 8, "duration": 0.4, "shards": 2}
            yield {"reactor": reactor, "tls": version, "rate": 1000, "connections": 16, "duration": 0.4}


def handshakes(counters, options):
    """What is odd about the handshakes that were counted, as sentences."""
    full, resumed = counters["connect.tls.full"], counters["connect.tls.resumed"]
    if "tls" not in options:
        return [f"{full + resumed} TLS handshakes without TLS"] if full + resumed else []
    found = []
    if full + resumed != counters["connect.succeeded"]:
        found.append(f"{full} whole and {resumed} resumed handshakes of {counters['connect.succeeded']} connections")
    if options.get("resume", 1) == 0 and resumed:
        found.append(f"{resumed} handshakes were resumed")
    # A user's first connection is a whole handshake, and every other one resumes.
    if options.get("keep_alive", 1) == 0 and options["resume"] == 1 and full != options["users"]:
        found.append(f"{full} whole handshakes of {options['users']} users who come back")
    return found


def main(driver):
    failed = 0
    for options in cases():
        version = options.get("tls")
        with Nginx(tls=version is not None, version=version) as nginx:
            extra = {} if version is None else {"ca": nginx.ca}
            words = {name: value for name, value in options.items() if name != "tls"}
            counters, notes = run(driver, nginx.url, {**words, **extra}, STEPS)
        found = differences(counters, nginx.lines, options) + handshakes(counters, options)
        if counters["sent"] < 10:  # a busy machine may leave little more
            found.append(f"only {counters['sent']} requests were sent")
        if "requests" in options and counters["requests"] != options["requests"]:
            found.append(f"{options['requests']} requests were asked for, and {counters['requests']} counted")
        connections = len({line[0] for line in nginx.lines})
        if options.get("keep_alive", 1) == 0 and connections != len(nginx.lines):
            found.append(f"{len(nginx.lines)} requests without keep-alive came over {connections} connections")
        if options.get("keep_alive", 1) == 1 and connections > counters["sent"] // 50 + 20:
            found.append(f"{counters['sent']} requests with keep-alive came over {connections} connections")
        if connections > counters["connect.succeeded"]:
            found.append(f"{counters['connect.succeeded']} connections counted, nginx had {connections}")
        print("ok  " if not found else "FAIL", options, counters["sent"], "requests,", connections, "connections")
        for text in found:
            print("     ", text)
        if found and notes:
            print("     ", notes)
        failed += bool(found)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
