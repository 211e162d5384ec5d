#!/usr/bin/python3
"""Services behind TLS: every kind of wrong certificate has a clear outcome and nothing is sent, wss broadcasts are exact, and
what a request waits behind a stall is seen through TLS as without."""

import os
import shutil
import unittest

from case import Case, main  # first: it says where the others are

import broadcast
import stall
from certificates import Authority
from servers import plain, serving
from tls_front import Front


def every_kind(authority):
    kinds = {name: (*authority.issue(name), "") for name in ("good", "revoked")}
    kinds["expired"] = (*authority.issue("expired", expired=True), "")
    kinds["other"] = (*authority.issue("other", names="DNS:elsewhere.example"), "")
    kinds["alone"] = (*authority.self_signed("alone", "alone"), "")
    kinds["strict"] = (*authority.issue("strict"), f"ssl_client_certificate {authority.path('ca.pem')}; ssl_verify_client on;")
    kinds["old"] = (*authority.issue("old"), "ssl_protocols TLSv1.2;")
    authority.issue("user")
    authority.revoke("revoked")
    authority.crl()
    return kinds


class Tls(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.front = Front(every_kind)
        cls.front.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.front.__exit__()
        super().tearDownClass()

    def pem(self, name):
        return self.front.authority.path(name)

    def http(self, kind, *flags, ca=True):
        trust = ["--cacert", self.front.ca] if ca else []
        return self.tool.run("http", self.front.urls[kind] + "/", "-n", 20, "-c", 2, *trust, *flags)

    def works(self, run):
        self.assertEqual(self.ran(run).metrics["successes"], 20, run)

    def refused(self, run, why):
        """The scenario could not begin, and says why; no request came to the server."""
        self.assertEqual(run.code, 3, run)
        self.assertIn("no TLS connection to the service", run.result["scenarios"][0]["problem"])
        self.assertIn(why, run.result["scenarios"][0]["problem"])
        self.assertIn(why, " ".join(run.out.split()))

    def test_a_certificate_is_verified_and_everything_wrong_has_its_words(self):
        before = self.front.requests()
        self.refused(self.http("expired"), "the certificate has expired: 2021-01-01 00:00:00 UTC")
        self.refused(self.http("other"), "the certificate is not for 127.0.0.1, but for elsewhere.example")
        self.refused(self.http("alone"), "the certificate is self-signed, and not among " + self.front.ca)
        self.refused(self.http("good", ca=False), "the certificate comes from the test CA, a CA that is not among the "
                                                  "system's CAs")
        self.refused(self.http("revoked", "--crlfile", self.pem("crl.pem")), "the certificate has been revoked")
        self.refused(self.http("old", "--tls-min", "1.3"), "the server does not speak TLS 1.3")
        self.assertEqual(self.front.requests(), before)

    def test_what_is_right_works(self):
        before = self.front.requests()
        self.works(self.http("good"))
        self.works(self.http("good", "--crlfile", self.pem("crl.pem")))
        self.works(self.http("old", "--tls-max", "1.2"))
        self.works(self.http("other", "--server-name", "elsewhere.example"))
        for kind in ("expired", "other", "alone"):
            self.works(self.http(kind, "--insecure"))
        self.assertEqual(self.front.requests() - before, 7 * 20)

    def test_a_client_shows_its_certificate_where_it_is_demanded(self):
        without = self.http("strict")
        self.assertEqual(without.metrics["status.400"], 20, without)  # nginx says it in an answer
        self.works(self.http("strict", "--cert", self.pem("user.pem"), "--key", self.pem("user.key")))

    def test_bad_files_are_said_before_anything_is_sent(self):
        before = self.front.requests()
        prose = os.path.join(self.tool.folder, "prose.pem")
        with open(prose, "w") as f:
            f.write("no certificate\n")
        for flags, why in ((["--cacert", "nowhere.pem"], "CA file nowhere.pem: No such file or directory"),
                           (["--cacert", prose], f"CA file {prose}: no certificate in PEM format"),
                           (["--cert", self.pem("user.pem"), "--key", self.pem("good.key")],
                            f"key {self.pem('good.key')}: it is not the key of {self.pem('user.pem')}"),
                           (["--tls-min", "1.3", "--tls-max", "1.2"], "--tls-max is below --tls-min")):
            run = self.tool.run("http", self.front.urls["good"] + "/", *flags)
            self.assertEqual(run.code, 2, run)
            self.assertIn(why, run.err)
        suite = self.suite(f"tls: {{ca: {prose}}}")
        run = self.tool.run("run", suite)
        self.assertEqual(run.code, 2, run)
        self.assertIn(f"CA file {prose}: no certificate in PEM format", run.err)
        self.assertEqual(self.front.requests(), before)

    def suite(self, tls, service=""):
        path = os.path.join(self.tool.folder, "tls.yaml")
        with open(path, "w") as f:
            f.write(f"target: {self.front.urls['good']}\n{service}defaults: {{{tls}}}\nscenarios:\n"
                    "  - name: all\n    http: {request: GET /, count: 20, concurrency: 2, keep_alive: false}\n"
                    "    expect: [connect.tls.full == 2, connect.tls.resumed >= 18, connect.tls.max < 30s]\n")
        return path

    def test_suites_and_the_flags_of_run(self):
        self.works(self.tool.run("run", self.suite(f"tls: {{ca: {self.front.ca}}}")))
        self.works(self.tool.run("run", self.suite("timeout: 5s"), "--cacert", self.front.ca))
        run = self.tool.run("run", self.suite("timeout: 5s"), "--cacert", self.front.ca, "--no-tls-resume")
        self.assertEqual(run.metrics["connect.tls.resumed"], 0, run)
        self.assertEqual(run.metrics["connect.tls.full"], run.metrics["connect.succeeded"], run)
        self.assertGreater(run.metrics["connect.tls.p50"], 0)
        self.assertGreater(run.metrics["connect.tcp.p50"], 0)

    def test_a_server_that_does_not_speak_tls(self):
        with serving(lambda request: plain()) as server:
            run = self.tool.run("http", f"https://127.0.0.1:{server.port}/", "-n", 5, "--connect-timeout", "500ms")
            self.assertEqual(run.code, 3, run)
            self.assertIn("no TLS connection to the service", run.result["scenarios"][0]["problem"])
            self.assertIn("TLS", run.result["scenarios"][0]["problem"].split(": ", 1)[1])

    def test_a_stall_is_seen_through_tls(self):
        found = stall.open_loop(self.tool, seconds=7, behind_tls=True)
        run = self.ran(found.run)
        self.assertEqual(run.metrics["requests"], 7 * stall.RATE)
        self.assertEqual(found.answered, 7 * stall.RATE)
        self.assertGreaterEqual(found.truth.stalls, 2)
        self.assertGreaterEqual(run.metrics["latency.p95"], 0.9 * found.truth.by_stalls_p95)
        self.assertGreaterEqual(run.metrics["latency.p99"], 0.95 * found.truth.by_stalls_p99)
        self.assertLess(run.metrics["service_time.p50"], 0.5 * run.metrics["latency.p99"])

    @unittest.skipUnless(shutil.which("node"), "no node")
    def test_broadcasts_over_wss_are_exact(self):
        server = broadcast.npm_ws(Authority(self.tool.folder))
        # Handshakes take longer than the time between two clients, so these come in any order.
        names = "\n".join(broadcast.named(server, broadcast.SHORT["clients"])) + "\n"
        found = broadcast.compare(self.tool, server, broadcast.SHORT, more=names)
        self.assertIn(found.run.code, (0, 3), found)
        self.assertTrue(found.is_exact(), found)
        self.assertGreaterEqual(found.planted, 300)
        self.assertEqual(found.deliveries, 20_000)
        clients = found.run.metrics["connect.succeeded"]
        self.assertEqual(found.run.metrics["connect.tls.full"] + found.run.metrics["connect.tls.resumed"], clients)
        self.assertGreater(found.run.metrics["connect.tls.max"], 0)


if __name__ == "__main__":
    main()
