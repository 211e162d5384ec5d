"""What clients and operators do wrong, against the real program."""
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

from service import BINARY, PATIENCE, Service, read_to_end, write_project


def status_of(data):
    return int(data.split(b" ", 2)[1]) if data.startswith(b"HTTP/1.1 ") else None


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service("--no-watch", "--header-timeout", "1", "--idle-timeout", "1")

    @classmethod
    def tearDownClass(cls):
        cls.service.__exit__()

    def test_malformed(self):
        head = b"GET /health HTTP/1.1\r\n"
        for name, data, status in (
                ("no HTTP at all", b"hello\r\n\r\n", 400),
                ("no version", b"GET /health\r\n\r\n", 400),
                ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n", 400),
                ("no Host", head + b"\r\n", 400),
                ("two Hosts", head + b"Host: a\r\nHost: b\r\n\r\n", 400),
                ("blank before the colon", head + b"Host: a\r\nX-Y : 1\r\n\r\n", 400),
                ("length and chunked", b"POST /api/graph/traverse HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
                 b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
                ("two lengths", b"POST /api/graph/traverse HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
                 b"Content-Length: 6\r\n\r\nabcdef", 400),
                ("head too long", head + b"Host: a\r\nX: " + b"y" * 20000 + b"\r\n\r\n", 431),
                ("target too long", b"GET /" + b"x" * 20000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 431),
                ("body too long", b"POST /api/graph/traverse HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n", 413),
                ("chunks too long", b"POST /api/graph/traverse HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                 b"\r\n20000\r\n" + b"x" * 0x20000 + b"\r\n0\r\n\r\n", 413),
                ("head that never ends", head + b"Host: a\r\n", 408),
                ("body that never ends", b"POST /api/graph/traverse HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                 b"Content-Length: 2\r\n\r\n{}", 422)):
            with self.subTest(name):
                data = self.service.raw(data)
                self.assertEqual(status_of(data), status, data)
                json.loads(data.split(b"\r\n\r\n", 1)[1])
        self.assertEqual(self.service.get("/health").status, 200)

    def test_slow_clients_do_not_keep_others_out(self):
        slow = [self.service.socket() for _ in range(200)]
        for s in slow:
            s.sendall(b"GET /health HTTP/1.1\r\nHo")
        self.assertEqual(self.service.get("/api/graph/stats").status, 200)
        for s in slow:
            self.assertEqual(status_of(read_to_end(s)), 408)
            s.close()

    def test_idle_connections_are_closed(self):
        with self.service.socket() as s:
            s.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertEqual(status_of(read_to_end(s)), 200)

    def test_pipelined_requests_keep_their_order(self):
        paths = ["/health", "/api/graph/export", "/", "/api/graph/stats", "/api/graph/nodes/none"]
        data = self.service.raw(b"".join(
            b"GET %s HTTP/1.1\r\nHost: a\r\n%s\r\n" % (p.encode(), b"Connection: close\r\n" if p == paths[-1] else b"")
            for p in paths))
        places = [data.index(word) for word in (b'"healthy"', b'"links"', b"Code Graph API", b'"top_functions"',
                                                b"Node none not found")]
        self.assertEqual(places, sorted(places))


class Life(unittest.TestCase):
    def start(self, *flags):
        done = subprocess.run([BINARY, *flags], capture_output=True, timeout=PATIENCE, check=False)
        return done.returncode, (done.stdout + done.stderr).decode()

    def test_what_it_cannot_start_with(self):
        with socket.create_server(("127.0.0.1", 0)) as taken, tempfile.NamedTemporaryFile() as file:
            port = str(taken.getsockname()[1])
            for flags, said in ((("--root", "/no/such/folder"), "no such folder"),
                                (("--root", file.name), "no folder"),
                                (("--root", "/tmp", "--host", "127.0.0.1", "--port", port), "in use"),
                                (("--root", "/tmp", "--port", "70000"), "--port"),
                                (("--no-such-flag",), "--no-such-flag"),
                                (("--root", "/tmp", "--redis-url", "http://x"), "redis://"),
                                (("--root", "/tmp", "--host", "300.1.1.1"), "300.1.1.1")):
                with self.subTest(flags):
                    code, output = self.start(*flags)
                    self.assertEqual(code, 2, output)
                    self.assertIn(said, output)

    def test_help(self):
        code, output = self.start("--help")
        self.assertEqual(code, 0)
        for flag in ("--project-root", "--root", "--host", "--port", "--threads", "--redis-url", "--no-redis",
                     "--allow-publish", "--admin-token", "--cors-origins", "--no-watch", "--no-debug", "--no-admin"):
            self.assertIn(flag, output)

    def test_stops_at_once_and_well(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with Service("--no-watch") as service:
                self.assertEqual(service.stop(number), 0)
                self.assertIn('msg="stopped"', service.log())

    def test_listens_before_the_first_graph(self):
        root = write_project({f"m{i}.py": "".join(f"def f{k}():\n    return g{k}(f{k - 1})\n" for k in range(2000))
                              for i in range(40)})
        try:
            with Service("--threads", "1", root=root, wait_ready=False) as service:
                health, stats, ready = (service.get(p) for p in ("/health", "/api/graph/stats", "/ready"))
                self.assertEqual((health.status, health.json), (202, {"status": "initializing"}))
                self.assertEqual((stats.status, stats.headers["Retry-After"]), (503, "1"))
                self.assertEqual((ready.status, ready.headers["Retry-After"]), (503, "1"))
                self.assertEqual(service.get("/api/graph/debug/analysis").json["status"], "not_initialized")
                Service.wait(lambda: service.get("/health").status == 200, "ready")
                self.assertEqual(service.get("/api/graph/stats").json["node_types"]["function"], 80000)
        finally:
            shutil.rmtree(root)

    def test_killed_and_started_again_serves_the_same(self):
        root = write_project()
        try:
            texts = []
            for _ in range(2):
                with Service(root=root) as service:
                    export = service.get("/api/graph/export").json
                    stats = service.get("/api/graph/stats").json
                    for key in ("execution_time_ms", "indexed_at"):
                        export.pop(key, None), stats.pop(key, None)
                    texts.append(json.dumps([export, stats]))
                    service.process.send_signal(signal.SIGKILL)
                    self.assertEqual(service.process.wait(PATIENCE), -signal.SIGKILL)
            self.assertEqual(*texts)
        finally:
            shutil.rmtree(root)

    @unittest.skipIf(os.geteuid() == 0, "root may read everything")
    def test_unreadable_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0)
            code, output = self.start("--root", folder)
            os.chmod(folder, 0o700)
            self.assertEqual(code, 2)
            self.assertIn("may not be read", output)


if __name__ == "__main__":
    unittest.main()
