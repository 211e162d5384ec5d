#!/usr/bin/python3
"""Encoded answers: decoded when a check looks into them and never otherwise; both sizes counted; what is broken or too large
says so. The encoders are nginx, gzip, brotli and zstd."""

import contextlib
import json
import os
import subprocess
import unittest
import zlib

from case import Case, main  # first: it says where the others are

import servers
from loadstone import eventually, free_port

TEXT = b"".join(b'{"id":%d,"name":"node %d"},' % (i, i % 7) for i in range(4000)) + b"the end"


def by(*command):
    return lambda data: subprocess.run(command, input=data, capture_output=True, check=True).stdout


ENCODERS = {"gzip": by("gzip", "-c"), "br": by("brotli", "-c"), "zstd": by("zstd", "-q", "-c"), "deflate": zlib.compress}


class Encoding(Case):
    def run_one(self, url, check, path="/", name="one", count=20):
        suite = self.tool.write("encoding.yaml", json.dumps({"target": url, "scenarios": [{
            "name": name, "http": {"request": f"GET {path}", "concurrency": 2, "count": count, "check": check,
                                   "headers": {"Accept-Encoding": "gzip, br, zstd, deflate"}}}]}))
        return self.tool.run("run", suite)

    @contextlib.contextmanager
    def encoded(self, coding, body):
        with servers.serving(lambda _: servers.plain(body, headers=[f"Content-Encoding: {coding}"])) as server:
            yield server.url

    def test_every_coding_is_decoded_for_a_check_and_only_for_one(self):
        for coding, encode in ENCODERS.items():
            with self.subTest(coding), self.encoded(coding, encode(TEXT)) as url:
                looked = self.ran(self.run_one(url, "body contains the end"))
                self.assertEqual(looked.metrics["successes"], 20)
                self.assertEqual(looked.metrics["bytes.decoded"], 20 * len(TEXT))
                self.assertLess(looked.metrics["bytes.received"], 20 * len(TEXT) / 2)
                not_there = self.run_one(url, "body contains something else")
                self.assertEqual(not_there.metrics["errors.check"], 20)
                unread = self.ran(self.run_one(url, "status == 200"))
                self.assertEqual(unread.metrics["bytes.decoded"], 0)
                self.assertEqual(unread.metrics["bytes.received"], looked.metrics["bytes.received"])

    def test_of_requests_that_differ_only_those_that_look_are_decoded(self):
        with self.encoded("gzip", ENCODERS["gzip"](TEXT)) as url:
            suite = self.tool.write("some.yaml", json.dumps({"target": url, "scenarios": [{"name": "one", "http": {
                "concurrency": 1, "count": 40, "headers": {"Accept-Encoding": "gzip"}, "requests": [
                    {"request": "GET /looked", "name": "looked", "check": "body contains the end"},
                    {"request": "GET /unread", "name": "unread"}]}}]}))
            run = self.ran(self.tool.run("run", suite))
        looked = run.metrics["step.looked.requests"]
        self.assertTrue(0 < looked < 40, looked)  # on one connection, by lot
        self.assertEqual(run.metrics["bytes.decoded"], looked * len(TEXT))

    def test_what_cannot_be_decoded_says_why(self):
        good = ENCODERS["gzip"](TEXT)
        bomb = ENCODERS["gzip"](bytes(64 << 20))
        cases = (("gzip", good[:-9], "its gzip ends too early"), ("gzip", good[:50] + b"x" * 50 + good[100:], "its gzip is broken"),
                 ("br", good, "its br is broken"), ("gzip", bomb, "its gzip decodes to more than 16.8 MB"),
                 ("gzip, br", good, "its Content-Encoding is none that can be decoded"))
        for coding, body, says in cases:
            with self.subTest(says), self.encoded(coding, body) as url:
                run = self.run_one(url, "body contains the end", count=3)
                self.assertEqual(run.metrics["errors.check"], 3)
                self.assertIn(f"the body failed a check: {says}", json.dumps(run.scenario["notes"]))
                # Nobody looks, nobody minds.
                self.assertEqual(self.run_one(url, "status == 200", count=3).metrics["successes"], 3)

    def test_nginx_compresses_and_nothing_is_lost(self):
        folder = os.path.join(self.tool.folder, "nginx")
        os.makedirs(os.path.join(folder, "html"), exist_ok=True)
        with open(os.path.join(folder, "html", "page.txt"), "wb") as f:
            f.write(TEXT)
        port = free_port()
        with open(os.path.join(folder, "nginx.conf"), "w") as f:
            f.write(f"""daemon off; user root; pid {folder}/pid; error_log stderr; worker_processes 1;
events {{ worker_connections 100; }}
http {{
  types {{ text/plain txt; }}
  log_format sizes '$status $body_bytes_sent $gzip_ratio';
  access_log {folder}/access.log sizes;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder};
  scgi_temp_path {folder};
  gzip on; gzip_types text/plain; gzip_http_version 1.0;
  server {{ listen 127.0.0.1:{port}; root {folder}/html; }}
}}
""")
        nginx = subprocess.Popen(["/usr/sbin/nginx", "-p", folder, "-c", os.path.join(folder, "nginx.conf"), "-e", "stderr"],
                                 stderr=subprocess.DEVNULL)
        try:
            eventually(lambda: os.path.exists(os.path.join(folder, "pid")) and os.path.getsize(os.path.join(folder, "pid")))
            run = self.ran(self.run_one(f"http://127.0.0.1:{port}", "body contains the end", "/page.txt", count=50))
            self.assertEqual(run.metrics["successes"], 50)
            self.assertEqual(run.metrics["bytes.decoded"], 50 * len(TEXT))
            # Compressed, each of them, by nginx's own log. It writes a line when the answer has gone.
            def log():
                with open(os.path.join(folder, "access.log")) as f:
                    lines = [line.split() for line in f]
                return lines if len(lines) == 50 else None
            lines = eventually(log)
            self.assertTrue(all(status == "200" and float(ratio) > 5 for status, _, ratio in lines), lines[:3])
            bodies = sum(int(size) for _, size, _ in lines)
            self.assertGreater(run.metrics["bytes.received"], bodies)
            self.assertLess(run.metrics["bytes.received"], bodies + 50 * 400)
        finally:
            nginx.terminate()
            nginx.wait()


if __name__ == "__main__":
    main()
