#!/usr/bin/python3
"""HTTP as services really speak it, through the command line: every form of an answer, every way to reach a server."""

import contextlib
import os
import socket
import time

from case import Case, main
from servers import plain, serving


class Answers(Case):
    """Each way in which an answer may end is understood: as many answers as requests, and no failure."""

    def check(self, answer, *flags, count=20, new_connections=False):
        with serving(answer) as server:
            run = self.ran(self.tool.run("http", server.url + "/x", "-n", count, "-c", 2, *flags))
            self.assertEqual(run.metrics["requests"], count)
            self.assertEqual(run.metrics["failures"], 0, run)
            self.assertEqual(len(server.requests), count)
            # One more connection finds out, before the start, whether the service can be reached.
            if new_connections:
                self.assertGreaterEqual(server.connections, count)
            else:
                self.assertEqual(server.connections, 3)
            return run, server

    def test_length(self):
        run, _ = self.check(lambda r: plain(b"twelve bytes"))
        self.assertEqual(run.metrics["status.200"], 20)

    def test_chunked(self):
        self.check(lambda r: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                             b"5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nTrailer: yes\r\n\r\n")

    def test_until_close(self):
        self.check(lambda r: (b"HTTP/1.1 200 OK\r\n\r\nas long as it lasts", True), new_connections=True)

    def test_interim(self):
        self.check(lambda r: b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + plain())

    def test_no_content(self):
        run, _ = self.check(lambda r: b"HTTP/1.1 204 No Content\r\n\r\n")
        self.assertEqual(run.metrics["status.204"], 20)

    def test_not_modified(self):
        run, _ = self.check(lambda r: b"HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n")
        self.assertEqual(run.metrics["status.304"], 20)

    def test_head(self):
        run, server = self.check(lambda r: b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", "-X", "HEAD")
        self.assertEqual({r.method for r in server.requests}, {"HEAD"})

    def test_close_by_the_answer(self):
        self.check(lambda r: (plain(headers=["Connection: close"]), True), new_connections=True)

    def test_http_1_0(self):
        self.check(lambda r: (b"HTTP/1.0 200 OK\r\n\r\nold", True), new_connections=True)

    def test_body_in_many_pieces(self):
        self.check(lambda r: plain(b"x" * 300_000))

    def test_every_answer_a_failure(self):
        with serving(lambda r: plain(status="503 Service Unavailable")) as server:
            run = self.ran(self.tool.run("http", server.url, "-n", 10, "-c", 2))
            self.assertEqual(run.metrics["failures"], 10)
            self.assertEqual(run.metrics["status.503"], 10)
            self.assertEqual(run.metrics["error_rate"], 1)

    def test_garbage_is_a_protocol_error(self):
        with serving(lambda r: (b"SSH-2.0-OpenSSH\r\n", True)) as server:
            run = self.ran(self.tool.run("http", server.url, "-n", 10, "-c", 2))
            self.assertEqual(run.metrics["errors.protocol"], 10, run)

    def test_half_an_answer_is_a_reset(self):
        with serving(lambda r: (plain(b"x" * 100)[:-50], True)) as server:
            run = self.ran(self.tool.run("http", server.url, "-n", 10, "-c", 2))
            self.assertEqual(run.metrics["errors.reset"], 10, run)


class Requests(Case):
    """What is sent is what was asked for."""

    def sent(self, *flags, path="/x", count=4):
        with serving(lambda r: plain()) as server:
            run = self.ran(self.tool.run("http", server.url + path, "-n", count, "-c", 1, *flags))
            self.assertEqual(run.metrics["successes"], count, run)
            self.assertEqual(len(server.requests), count)
            return server.requests

    def test_any_method(self):
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"):
            self.assertEqual({r.method for r in self.sent("-X", method)}, {method})

    def test_body(self):
        for request in self.sent("--body", '{"a": 1}', "-H", "Content-Type: application/json"):
            self.assertEqual((request.method, request.body), ("POST", b'{"a": 1}'))
            self.assertEqual(request.headers["content-type"], "application/json")

    def test_body_from_file(self):
        body = bytes(range(1, 256)) * 1000
        path = self.tool.write("body.bin", body)
        for request in self.sent("-X", "PUT", "-b", "@" + path):
            self.assertEqual(request.body, body)

    def test_host_and_query(self):
        for request in self.sent(path="/a/b?q=1&r=%20"):
            self.assertEqual(request.target, "/a/b?q=1&r=%20")
            self.assertTrue(request.headers["host"].startswith("127.0.0.1:"))

    def test_host_may_be_given(self):
        self.assertEqual({r.headers["host"] for r in self.sent("-H", "Host: example.test")}, {"example.test"})

    def test_numbered(self):
        targets = [r.target for r in self.sent(path="/{{request.id}}", count=30)]
        self.assertEqual(len(set(targets)), 30)

    def test_count_is_exact(self):
        for connections, threads in ((1, 1), (7, 2), (20, 3)):
            with serving(lambda r: plain()) as server:
                run = self.ran(self.tool.run("http", server.url, "-n", 101, "-c", connections, "-t", threads))
                self.assertEqual((run.metrics["requests"], len(server.requests)), (101, 101))

    def test_count_at_a_rate_is_exact(self):
        with serving(lambda r: plain()) as server:
            run = self.ran(self.tool.run("http", server.url, "-n", 53, "-r", 200, "-c", 5))
            self.assertEqual((run.metrics["requests"], len(server.requests)), (53, 53))

    def test_warmup_is_not_counted(self):
        with serving(lambda r: plain()) as server:
            run = self.ran(self.tool.run("http", server.url, "-r", 100, "-d", "1s", "--warmup", "1s", "-c", 5,
                                         "--arrivals", "uniform"))
            self.assertEqual(run.metrics["requests"], 100)
            self.assertEqual(len(server.requests), 200)

    def test_the_last_ones_are_waited_for(self):
        def slow(_):
            time.sleep(0.8)
            return plain()

        with serving(slow) as server:
            run = self.ran(self.tool.run("http", server.url, "-r", 20, "-d", "1s", "-c", 20, "--arrivals", "uniform"))
            self.assertEqual((run.metrics["requests"], run.metrics["unfinished"]), (20, 0))

    def test_what_takes_longer_than_the_drain_is_unfinished(self):
        def stuck(_):
            time.sleep(5)
            return plain()

        with serving(stuck) as server:
            run = self.ran(self.tool.run("http", server.url, "-c", 3, "-d", "500ms", "--drain", "200ms"))
            self.assertEqual((run.metrics["requests"], run.metrics["unfinished"]), (0, 3))
            self.assertEqual(run.metrics["error_rate"], 1)


class Connections(Case):
    """Every way to reach a server, and every way in which it cannot be reached."""

    def test_ipv6(self):
        with serving(lambda r: plain(), ("::1", 0), socket.AF_INET6) as server:
            run = self.ran(self.tool.run("http", server.url, "-n", 10, "-c", 2))
            self.assertEqual(run.metrics["successes"], 10)

    def test_name(self):
        with serving(lambda r: plain()) as server:
            run = self.ran(self.tool.run("http", f"http://localhost:{server.port}/", "-n", 10, "-c", 2))
            self.assertEqual(run.metrics["successes"], 10)
            self.assertEqual({r.headers["host"] for r in server.requests}, {f"localhost:{server.port}"})

    def test_unix_socket(self):
        path = os.path.join(self.tool.folder, "socket")
        with serving(lambda r: plain(), path, socket.AF_UNIX) as server:
            run = self.ran(self.tool.run("http", "http://service/x", "--unix-socket", path, "-n", 10, "-c", 2))
            self.assertEqual(run.metrics["successes"], 10)
            self.assertEqual({r.headers["host"] for r in server.requests}, {"service"})

    def test_connect_to(self):
        with serving(lambda r: plain()) as server:
            run = self.ran(self.tool.run("http", "http://example.test/x", "--connect-to", f"127.0.0.1:{server.port}",
                                         "-n", 10, "-c", 2))
            self.assertEqual(run.metrics["successes"], 10)
            self.assertEqual({r.headers["host"] for r in server.requests}, {"example.test"})

    def test_local_addresses_in_turn(self):
        with serving(lambda r: plain()) as server:
            run = self.ran(self.tool.run("http", server.url, "--local-ip", "127.0.0.2,127.0.0.3", "-n", 40, "-c", 4))
            self.assertEqual(run.metrics["successes"], 40)
            by_connection = {r.connection: r.peer[0] for r in server.requests}
            self.assertEqual(sorted(by_connection.values()), ["127.0.0.2"] * 2 + ["127.0.0.3"] * 2)

    def test_new_connection_for_each_request(self):
        with serving(lambda r: plain()) as server:
            run = self.ran(self.tool.run("http", server.url, "--no-keepalive", "-n", 25, "-c", 3))
            self.assertEqual(run.metrics["successes"], 25)
            self.assertEqual(len({r.connection for r in server.requests}), 25)
            self.assertEqual(run.metrics["connect.succeeded"], 25)
            self.assertEqual({r.headers.get("connection", "").lower() for r in server.requests}, {"close"})

    def test_nobody_listens(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            run = self.tool.run("http", f"http://127.0.0.1:{s.getsockname()[1]}/", "-d", "1s", "--slo", "rate > 1/s")
        self.assertEqual(run.code, 3, run)
        self.assertIn("could not be reached", run.out + run.err)

    @contextlib.contextmanager
    def full_backlog(self):
        """A listener that lets nobody in any more: the kernel drops what would come."""
        with socket.socket() as listener, contextlib.ExitStack() as waiting:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            for _ in range(4):
                s = waiting.enter_context(socket.socket())
                s.setblocking(False)
                s.connect_ex(listener.getsockname())
            yield listener.getsockname()[1]

    def test_connect_timeout(self):
        with self.full_backlog() as port:
            run = self.tool.run("http", f"http://127.0.0.1:{port}/", "-d", "1s", "-c", 2, "--connect-timeout", "300ms",
                                timeout=30)
        self.assertEqual(run.code, 3, run)
        self.assertIn("did not answer within 300", run.out + run.err)

    def test_request_timeout(self):
        def stuck(request):
            time.sleep(3)
            return plain()

        with serving(stuck) as server:
            run = self.ran(self.tool.run("http", server.url, "-n", 4, "-c", 2, "--timeout", "200ms"))
            self.assertEqual((run.metrics["requests"], run.metrics["errors.timeout"]), (4, 4), run)

    def test_a_server_that_closes_idle_connections(self):
        """The close is noticed while the user thinks: no request is lost to it."""
        def closing(request):
            return plain(), True  # without saying so

        with serving(closing) as server:
            run = self.ran(self.tool.run("http", server.url, "-n", 12, "-c", 2, "--think", "50ms"))
            self.assertEqual((run.metrics["successes"], len(server.requests)), (12, 12), run)


if __name__ == "__main__":
    main()
