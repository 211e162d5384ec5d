#!/usr/bin/python3
"""HTTP/2 through the command line: journeys and `loadstone http --http2`, by ALPN and by prior knowledge. What loadstone
counts of each step is what nginx, nghttpd, Node and python-h2 count."""

import collections
import shutil
import unittest

import journeys_test
from case import Case, main
from certificates import Authority
from http2_counts import Nghttpd, Nginx, Node
from http2_server import serving_http2
from servers import plain


def requests_of(run):
    """How often each step was sent."""
    names = [name for name in run.metrics if name.startswith("step.") and name.endswith(".requests")]
    return {name.removeprefix("step.").removesuffix(".requests"): run.metrics[name] for name in names}


class JourneysOverHttp2(journeys_test.Journeys):
    def go(self, url, http, *flags):
        return super().go(url, {**http, "version": 2}, *flags)


class AgainstNginx(JourneysOverHttp2):
    STEPS = [
        {"name": "/small", "request": "GET /small"},
        {"name": "/big", "request": "HEAD /big", "repeat": 2},
        {"name": "/chunked", "request": "GET /chunked", "extract": {"method": "re:before (\\w+) after"}},
        {"name": "/post", "request": "POST /post", "body": "{{method}} " + "x" * 100_000, "check": "body contains taken"},
        {"name": "/moved", "request": "GET /moved"},
        {"name": "/missing", "request": "GET /missing", "check": "status == 404", "if": "method == GET"},
    ]

    def test_each_step_is_counted_as_in_its_log(self):
        for load, connections in (({"users": 5}, 5), ({"users": 1}, 1), ({"rate": "200/s", "connections": 4, "think": "1ms"}, 4)):
            with self.subTest(load=load):
                with Nginx(keepalive_requests=100_000, tls=True) as nginx:
                    run = self.go(nginx.url, {**load, "count": 40, "redirects": 1, "tls": {"ca": nginx.ca}, "steps": self.STEPS}, "-t", 2)
                self.assertEqual(run.metrics["failures"], 0, run)
                counted = collections.Counter(line[2] for line in nginx.lines)
                self.assertEqual(counted, {"/small": 80, "/big": 80, "/chunked": 40, "/post": 40, "/moved": 40, "/missing": 40})
                counted.update({"/moved": 40, "/small": -40})  # each hop is a request of its step
                self.assertEqual(requests_of(run), counted)
                self.assertEqual(run.metrics["requests"], len(nginx.lines))
                self.assertEqual(collections.Counter(line[3] for line in nginx.lines),
                                 {status: run.metrics[f"status.{status}"] for status in ("200", "301", "404")})
                self.assertEqual({line[7] for line in nginx.lines}, {"HTTP/2.0"})
                self.assertEqual(run.metrics["connect.succeeded"], connections)
                self.assertEqual(run.metrics["connect.tls.full"] + run.metrics["connect.tls.resumed"], connections)
                self.assertLessEqual(len({line[0] for line in nginx.lines}), connections)


class AgainstNghttpd(JourneysOverHttp2):
    def test_each_step_is_counted_as_in_its_log(self):
        steps = [{"name": "/small", "request": "GET /small", "repeat": 3, "check": "body contains small"},
                 {"name": "/missing", "request": "GET /missing?user={{user}}", "check": "status == 404"}]
        for load in ({"users": 6}, {"rate": "200/s", "connections": 3}):
            with self.subTest(load=load):
                with Nghttpd() as nghttpd:
                    run = self.go(nghttpd.url, {**load, "count": 50, "steps": steps}, "-t", 2)
                self.assertEqual(run.metrics["failures"], 0, run)
                counted = collections.Counter()
                for path, times in nghttpd.paths.items():
                    counted[path.split("?")[0]] += times
                self.assertEqual(counted, {"/small": 150, "/missing": 50})
                self.assertEqual(requests_of(run), counted)


@unittest.skipUnless(shutil.which("node"), "no node")
class AgainstNode(JourneysOverHttp2):
    def test_each_step_is_counted_as_there(self):
        steps = [{"name": "/a", "request": "GET /a"}, {"name": "/b", "request": "POST /b", "body": "x" * 1000, "repeat": 2},
                 {"name": "/d", "request": "PUT /d", "body": "x" * 100_000}]
        for load, connections in (({"users": 4}, 4), ({"rate": "200/s", "connections": 2}, 2)):
            with self.subTest(load=load):
                with Node() as node:
                    run = self.go(node.url, {**load, "count": 40, "steps": steps})
                self.assertEqual(run.metrics["failures"], 0, run)
                self.assertEqual(node.counts["paths"], {"/a": 40, "/b": 80, "/d": 40})
                self.assertEqual(requests_of(run), node.counts["paths"])
                self.assertEqual(node.counts["bytes"], 80 * 1000 + 40 * 100_000)
                self.assertEqual(run.metrics["connect.succeeded"], connections)

    def test_journeys_go_on_when_the_server_goes_away(self):
        steps = [{"name": "/a", "request": "GET /a"}, {"name": "/leave", "request": "GET /leave", "repeat": 7}]
        with Node() as node:  # after each 50 of the second step on a connection
            run = self.go(node.url, {"users": 3, "count": 60, "steps": steps})
        self.assertEqual(run.metrics["failures"], 0, run)
        self.assertEqual(requests_of(run), {"/a": 60, "/leave": 420})
        self.assertGreater(run.metrics["connect.succeeded"], 3)

    def test_a_stream_that_is_refused_ends_the_journey_alone(self):
        steps = [{"name": "/a", "request": "GET /a"}, {"name": "/refused", "request": "GET /refused"}, {"name": "/b", "request": "GET /b"}]
        with Node() as node:
            run = self.go(node.url, {"users": 3, "count": 30, "steps": steps})
        self.assertEqual(node.counts["refused"], run.metrics["errors.reset"], run)
        self.assertEqual(requests_of(run), {"/a": 30, "/refused": 30, "/b": 0})
        self.assertEqual(run.metrics["failures"], 30)
        self.assertEqual(run.metrics["connect.succeeded"], 3)


class SessionsInClear(journeys_test.Sessions):
    """The same shop, on python-h2."""

    LOADS = journeys_test.Sessions.LOADS[:2]  # every connection stays

    def go(self, url, http, *flags):
        return super().go(url, {**http, "version": 2}, *flags)

    def served(self, answer):
        return serving_http2(answer)


class SessionsByAlpn(SessionsInClear):
    def go(self, url, http, *flags):
        return super().go(url, http, "--cacert", self.authority.path("ca.pem"), *flags)

    def served(self, answer):
        self.authority = Authority(self.tool.folder)
        return serving_http2(answer, self.authority)


class Flag(Case):
    """`loadstone http --http2`"""

    def http(self, url, *flags):
        return self.tool.run("http", url, "--http2", *flags)

    def test_by_alpn(self):
        for flags, requests, connections in ((("-c", 3, "-n", 200), 200, 3), (("-c", 2, "-n", 400, "--streams", 10), 400, 2),
                                             (("-c", 2, "-r", 500, "-n", 250, "--streams", 5), 250, 2)):
            with self.subTest(flags=flags):
                with Nginx(keepalive_requests=100_000, tls=True) as nginx:
                    run = self.ran(self.http(nginx.url + "/small", "--cacert", nginx.ca, *flags))
                self.assertEqual(run.metrics["successes"], requests, run)
                self.assertEqual(collections.Counter((*line[1:4], line[7]) for line in nginx.lines),
                                 {("GET", "/small", "200", "HTTP/2.0"): requests})
                self.assertEqual(run.metrics["connect.succeeded"], connections)
        with Nginx(tls=True) as nginx:
            self.ran(self.tool.run("http", nginx.url + "/small", "--cacert", nginx.ca, "-n", 20))
        self.assertEqual({line[7] for line in nginx.lines}, {"HTTP/1.1"})  # unless it is asked for

    def test_by_prior_knowledge(self):
        with Nghttpd() as nghttpd:
            run = self.ran(self.http(nghttpd.url + "/small", "-n", 300, "-c", 2, "--streams", 20))
        self.assertEqual(run.metrics["successes"], 300, run)
        self.assertEqual(nghttpd.paths, {"/small": 300})
        self.assertEqual(run.metrics["connect.succeeded"], 2)

    def test_what_is_sent_is_what_was_asked_for(self):
        body = bytes(range(256)) * 1000  # larger than a window
        path = self.tool.write("body.bin", body)
        with serving_http2(lambda request: plain(b"fine")) as server:
            run = self.ran(self.http(server.url + "/{{request.id}}?q=%20", "-X", "PUT", "-b", "@" + path, "-H", "X-Note: one",
                                     "-n", 20, "-c", 2, "--streams", 5))
        self.assertEqual(run.metrics["successes"], 20, run)
        self.assertEqual({(r.method, r.body, r.headers["x-note"]) for r in server.requests}, {("PUT", body, "one")})
        self.assertEqual(len({r.target for r in server.requests}), 20)
        self.assertEqual(server.connections, 3)  # one finds out, before the start, whether the service can be reached

    def test_a_server_of_http_1_1_is_said_to_be_one(self):
        with Nginx(tls=True, http2=False) as nginx:
            run = self.http(nginx.url + "/small", "--cacert", nginx.ca, "-n", 20)
        self.assertEqual(run.code, 3, run)
        self.assertIn("the server does not speak HTTP/2", run.result["scenarios"][0]["problem"])
        self.assertEqual(nginx.lines, [])
        with Nginx() as nginx:
            run = self.http(nginx.url + "/small", "-n", 20, "-c", 2)
        self.assertEqual(run.code, 3, run)
        self.assertEqual(run.metrics["errors.connect"], 20)
        self.assertEqual({line[3] for line in nginx.lines}, {"400"})  # it does not understand the preface of HTTP/2
        self.assertIn("the server speaks HTTP/1.1, not HTTP/2", " ".join(run.scenario["notes"]))


if __name__ == "__main__":
    main()
