"""HTTP/2 of tools/bench: loadstone beside h2load, on nginx in clear and over TLS and on nghttpd, with 10 streams on each of
100 connections and with 1."""

import pathlib
import random
import re
import shlex
import shutil
import statistics
import subprocess
import tempfile

from bench_process import Server, Unusable, metrics_of, quartiles, run, say

SERVERS = ["nginx-h2c", "nghttpd", "nginx-h2"]
CONFIG = """
daemon off; worker_processes 1; pid {home}/pid; error_log stderr crit; {user}
events {{ worker_connections 16384; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 300s; default_type text/plain;
  client_body_temp_path {home}/b; proxy_temp_path {home}/p; fastcgi_temp_path {home}/f; uwsgi_temp_path {home}/u;
  scgi_temp_path {home}/s;
  server {{ listen 127.0.0.1:{port} http2 backlog=4096{tls}; location / {{ return 200 "hello world\\n"; }} }}
}}
"""


def server(name, folder, port, core, is_root):
    home = pathlib.Path(folder, name)
    home.mkdir()
    (home / "small").write_text("hello world\n")
    if name == "nghttpd":
        return Server(name, ["nghttpd", "--no-tls", "-a", "127.0.0.1", "-d", str(home), str(port)], core, port, "/small")
    tls = ""
    if name == "nginx-h2":
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                        "2", "-subj", "/CN=localhost", "-keyout", home / "key.pem", "-out", home / "cert.pem"], check=True,
                       capture_output=True)
        tls = f" ssl; ssl_certificate {home}/cert.pem; ssl_certificate_key {home}/key.pem; ssl_protocols TLSv1.3"
    (home / "nginx.conf").write_text(CONFIG.format(home=home, port=port, tls=tls, user="user root;" if is_root else ""))
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    return Server(name, [program, "-c", str(home / "nginx.conf"), "-p", str(home), "-e", "stderr"], core, port, "/",
                  "https" if tls else "http")


def measure(client, url, connections, streams, options):
    with tempfile.TemporaryDirectory() as out:
        if client == "h2load":
            argv = ["h2load", "-t", "1", "-c", str(connections), "-m", str(streams), "-D", str(options.seconds),
                    "--warm-up-time", "0", url]
        else:
            argv = [options.loadstone, "http", url, "--http2", "-c", str(connections), "--streams", str(streams), "-d",
                    f"{options.seconds}s", "-t", "1", "-o", out, "--reactor", client.partition("/")[2],
                    *(["--insecure"] if url.startswith("https:") else []), *options.loadstone_args]
        code, text, cpu, memory = run(argv, options.client_core, options.seconds * 3 + 30)
        if code not in ((0,) if client == "h2load" else (0, 3, 4)):
            raise Unusable(f"{shlex.join(argv)} ended with {code}: {text[-300:]!r}")
        if client == "h2load":
            answered, failed = (int(re.search(rf"(\d+) {word}", text).group(1)) for word in ("succeeded", "failed"))
        else:
            metrics = metrics_of(out)
            answered, failed = int(metrics["requests"]), int(metrics["failures"])
        if answered < 100 or failed > answered / 1000:
            raise Unusable(f"{client}: {answered} answered, {failed} failed")
        return {"us": cpu / answered * 1e6, "rate": answered / options.seconds, "memory": memory}


def rounds(options, free_port, is_root):
    """-> {(server, connections, streams): {client: [one measurement a round, None where it gave none]}}"""
    found, dice = {}, random.Random(options.seed)
    clients = [*(c for c in options.clients if c.startswith("loadstone/")), "h2load"]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        pathlib.Path(folder).chmod(0o755)
        for name in options.http2_servers:
            with server(name, folder, free_port(), options.server_core, is_root) as there:
                for number in range(options.rounds):
                    for streams in options.streams:
                        row = found.setdefault((name, 100, streams), {c: [] for c in clients})
                        for client in dice.sample(clients, len(clients)):
                            try:
                                row[client].append(measure(client, there.url, 100, streams, options))
                            except Unusable as why:
                                say(f"bench: no number: {why}")
                                row[client].append(None)
                        say(f"{name}, round {number + 1}, {streams} streams: " + ", ".join(
                            f"{c} {row[c][-1]['us']:.2f} us" for c in clients if row[c][-1]))
    return found


def tables(found, options):
    yield ("\nHTTP/2 over 100 connections: client CPU per request and requests per second as ratios to h2load in the same "
           "round, median (quartiles).\n")
    yield "| server | streams | client | CPU per request | requests/s | memory | h2load |"
    yield "| --- | ---: | --- | ---: | ---: | ---: | ---: |"
    for (name, _, streams), row in found.items():
        for client in row:
            pairs = [(a, b) for a, b in zip(row[client], row["h2load"]) if a and b]
            if client == "h2load" or not pairs:
                continue
            cpu, rate = ("{1:.2f} ({0:.2f}–{2:.2f})".format(*quartiles([a[k] / b[k] for a, b in pairs])) for k in ("us", "rate"))
            memory = statistics.median(a["memory"] for a, _ in pairs) / 1e6
            beside = statistics.median(b["us"] for _, b in pairs)
            yield f"| {name} | {streams} | {client} | {cpu} | {rate} | {memory:.0f} MB | {beside:.1f} µs |"
