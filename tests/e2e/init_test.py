#!/usr/bin/python3
"""`loadstone init`: what it drafts passes `check` and runs; against the service whose own description it is."""

import json
import os
import shlex
import subprocess
import urllib.request

import jsonschema
import yaml
from case import Case, main
from certificates import Authority
from http2_server import serving_http2
from servers import plain, serving
from service import ROOT, code_graph

TESTDATA = os.path.join(ROOT, "src/draft/testdata")


def project(folder):
    """A project of one file; its folder."""
    path = os.path.join(folder, "project")
    os.makedirs(path, exist_ok=True)
    with open(os.path.join(path, "a.py"), "w", encoding="utf-8") as f:
        f.write("def helper():\n    return 1\n\n\ndef main():\n    return helper()\n")
    return path


class Init(Case):
    def setUp(self):
        self.path = os.path.join(self.tool.new_folder() + "-suite", "suite.yaml")
        os.makedirs(os.path.dirname(self.path))

    def init(self, *arguments, code=0):
        run = self.tool.run("init", *arguments, "-o", self.path, out=False)
        self.assertEqual(run.code, code, run)
        return run

    def checked(self, *arguments):
        run = self.tool.run("check", self.path, *arguments, out=False)
        self.assertEqual(run.code, 0, run)
        schema = json.loads(self.tool.run("schema", out=False).out)
        with open(self.path, encoding="utf-8") as f:
            text = f.read()
        jsonschema.Draft202012Validator(schema).validate(yaml.safe_load(text))
        return text

    def ran_suite(self, *arguments):
        run = self.tool.run("run", self.path, *arguments)
        self.assertIsNotNone(run.result, run)
        # A second says too little for some targets, and a busy machine may be the limit.
        self.assertIn(run.code, (0, 3, 4), run)
        self.assertEqual(run.balance(), 0)
        self.assertGreater(run.metrics["requests"], 0)
        return run

    def test_the_description_of_a_service_runs_against_it(self):
        with code_graph(project(self.tool.folder)) as url:
            with urllib.request.urlopen(url + "/openapi.json", timeout=30) as answer:
                document = self.tool.write("openapi.json", answer.read())
            self.init("--openapi", document, "--target", url)
            text = self.checked()
            self.assertIn("request: GET /api/graph/query/callees?symbol=main", text)
            self.assertIn("# - request: POST /api/graph/traverse", text)
            self.assertNotIn("GET /ws/events\n", text)
            run = self.ran_suite("--scale", "0.1")
            self.assertEqual(run.metrics["failures"], 0, run)
            steps = [name for name, value in run.metrics.items()
                     if name.startswith("step.") and name.endswith(".requests") and value > 0]
            self.assertGreaterEqual(len(steps), 8, run.metrics)

    def test_a_recording_is_sent_again_as_it_was(self):
        with serving(lambda request: plain(status="404 Not Found" if "nowhere" in request.target else "200 OK")) as server:
            self.init(os.path.join(TESTDATA, "report_page.har"))
            self.checked("--set", "BEARER_TOKEN=secret")
            run = self.ran_suite("--target", server.url, "--set", "BEARER_TOKEN=secret", "--scale", "0.1")
            self.assertEqual(run.metrics["failures"], 0, run)
            seen = {r.target for r in server.requests}
            self.assertLessEqual(seen, {"/report.html", "/result.json?fresh=1", "/nowhere.json", "/summary.md"})
            self.assertGreaterEqual(len(seen), 3)
            tokens = {r.headers.get("authorization") for r in server.requests if "fresh" in r.target}
            self.assertLessEqual(tokens, {"Bearer secret"})

    def test_a_command_is_sent_as_curl_would(self):
        with serving(lambda request: plain()) as server:
            command = f"curl '{server.url}/a b?x' -X PUT -H $'X-Note: it\\'s' -d 'a=1' -d b=2 -u ann:do-not-tell"
            self.init(command)
            self.assertNotIn("do-not-tell", self.checked("--set", "BASIC_CREDENTIALS=YTpi"))
            self.ran_suite("--set", "BASIC_CREDENTIALS=YTpi", "--scale", "0.1")
            request = server.requests[0]
            self.assertEqual((request.method, request.target, request.body), ("PUT", "/a%20b?x", b"a=1&b=2"))
            self.assertEqual(request.headers["x-note"], "it's")
            self.assertEqual(request.headers["authorization"], "Basic YTpi")
            self.assertEqual(request.headers["content-type"], "application/x-www-form-urlencoded")

    def test_a_command_over_http2_is_sent_over_http2(self):
        """The same request comes from curl itself."""
        authority = Authority(self.tool.folder)
        for flag, trust, where in (("--http2-prior-knowledge", (), None), ("--http2", ("-k",), authority)):
            with self.subTest(flag), serving_http2(lambda request: plain(), where) as server:
                words = ["curl", "-s", flag, *trust, "-X", "PUT", "-H", "X-Note: one", "-d", "a=1&b=2", server.url + "/a?x"]
                self.init("--curl", shlex.join(words), "--force")
                self.checked()
                run = self.ran_suite("--scale", "0.1")
                self.assertEqual(run.metrics["failures"], 0, run)
                self.assertEqual(len(server.requests), run.metrics["requests"] + run.count("unmeasured"))
                subprocess.run(words, check=True, timeout=60, stdout=subprocess.DEVNULL)
                sent = {(r.method, r.target, r.body, r.headers["x-note"], r.headers["content-type"]) for r in server.requests}
                self.assertEqual(sent, {("PUT", "/a?x", b"a=1&b=2", "one", "application/x-www-form-urlencoded")})

    def test_a_url_becomes_a_suite_that_its_service_passes(self):
        with serving(lambda request: plain()) as server:
            self.init(server.url + "/health")
            self.checked()
            run = self.ran_suite("--scale", "0.1")
            self.assertEqual({r.target for r in server.requests}, {"/health"})
            self.assertEqual(len(run.scenario["targets"]), 2)

    def test_standard_input_and_output(self):
        done = subprocess.run([self.tool.binary, "init", "-", "-o", "-"], input="curl http://127.0.0.1:1/x", text=True,
                              capture_output=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("request: GET /x", done.stdout)
        self.assertEqual(done.stderr, "")

    def test_bodies_that_a_suite_cannot_hold_are_files_beside_it(self):
        body = "x" * 10_000
        command = f"curl http://127.0.0.1:1/ -H 'Content-Type: text/plain' --data-raw {body}"
        self.init(command)
        with open(os.path.join(os.path.dirname(self.path), "suite.body-1.txt"), encoding="utf-8") as f:
            self.assertEqual(f.read(), body)
        self.checked()

    def test_what_is_there_stays(self):
        with open(self.path, "w", encoding="utf-8") as f:
            f.write("precious")
        run = self.init("http://127.0.0.1:1/", code=2)
        self.assertIn("--force", run.err)
        with open(self.path, encoding="utf-8") as f:
            self.assertEqual(f.read(), "precious")
        self.init("http://127.0.0.1:1/", "--force")
        self.checked()

    def test_mistakes_name_their_place_and_write_nothing(self):
        bad = self.tool.write("bad.har", '{"log": {\n  "entries": [}')
        for arguments, message in (
                ([bad], "bad.har:2:15: error: expected a value"),
                (["--har", "/nowhere/x.har"], "/nowhere/x.har: there is no such file"),
                (["--curl", "curl 'http://h/"], "--curl:1:6: error: this ' has no matching '"),
                ([os.path.join(TESTDATA, "code_graph.openapi.json")], "give --target http://HOST:PORT"),
                (["ftp://h/"], "expected http"), ([], "expected a SOURCE"), (["http://h/", "--curl", "curl x"], "one source"),
                (["http://h/", "--origin", "ws://h"], "--origin"), (["nowhere.har"], "there is no such file")):
            with self.subTest(arguments):
                run = self.init(*arguments, code=2)
                self.assertIn(message, run.err)
                self.assertFalse(os.path.exists(self.path))


if __name__ == "__main__":
    main()
