#!/usr/bin/python3
"""Mistakes in suites and flags: exit code 2, a message that says where, and not one connection."""

import glob
import json
import os
import socket

import jsonschema
import yaml
from case import Case, main

# Each after a correct first line with the target: what is wrong, the place (line:column) and a word of the message.
SUITES = {
    "a misspelt key": ("scenarios:\n  - nam: a\n    http: {request: GET /}\n", "3:5", "did you mean 'name'"),
    "an unknown key on top": ("sute: x\nscenarios: [{name: a, http: {request: GET /}}]\n", "2:1", "suite"),
    "no scenarios": ("suite: x\n", "1:1", "scenarios"),
    "scenarios is a word": ("scenarios: many\n", "2:12", "list"),
    "a request without a path": ("scenarios:\n  - name: a\n    http: {request: GET}\n", "4:21", "path"),
    "a duration without a unit": ("scenarios:\n  - name: a\n    http: {request: GET /, duration: 5}\n", "4:38", "unit"),
    "no users": ("scenarios:\n  - name: a\n    http: {request: GET /, concurrency: 0}\n", "4:41", "1"),
    "a rate and users": ("scenarios:\n  - name: a\n    http: {request: GET /, rate: 5/s, concurrency: 1}\n", "4:28",
                         "exclude"),
    "an unknown metric": ("scenarios:\n  - name: a\n    http: {request: GET /}\n    expect: [latensy.p95 < 1s]\n", "5:14",
                          "latency"),
    "a target without a limit": ("scenarios:\n  - name: a\n    http: {request: GET /}\n    expect: [latency.p95 <]\n",
                                 "5:", "limit"),
    "the unit of a target": ("scenarios:\n  - name: a\n    http: {request: GET /}\n    expect: [latency.p95 < 5MB]\n",
                             "5:28", "expected"),
    "an unset variable": ("scenarios:\n  - name: a\n    http: {request: \"GET /${UNSET_VARIABLE}\"}\n", "4:", "UNSET_VARIABLE"),
    "one name twice": ("scenarios:\n  - {name: a, http: {request: GET /}}\n  - {name: a, http: {request: GET /}}\n", "4:",
                       "a"),
    "an unclosed list": ("scenarios: [\n", "", "error"),
    "a file that is not there": ("scenarios:\n  - name: a\n    http: {request: POST /, body_file: nowhere.json}\n", "4:",
                                 "nowhere.json"),
}

FLAGS = {
    "an unknown flag": (["--conections", "5"], "--connections"),
    "a duration without a unit": (["-d", "5"], "unit"),
    "no connections": (["-c", "0"], "--connections"),
    "a rate that is a word": (["-r", "fast"], "--rate"),
    "a negative count": (["-n", "-3"], "--requests"),
    "a target that cannot be read": (["--slo", "latency.p99 << 1s"], "^"),
    "an unknown metric": (["--slo", "latency.p9x < 1s"], "--slo"),
    "a header without a name": (["-H", ": x"], "--header"),
    "a body file that is not there": (["-b", "@/nowhere/x"], "/nowhere/x"),
    "an unknown format": (["--format", "xml"], "xml"),
    "a rate and a pause": (["-r", "5", "--think", "1s"], "exclude"),
    "a ramp without an end": (["-r", "1:100", "-n", "5"], "duration"),
    "a local address that is none": (["--local-ip", "300.1.1.1"], "300.1.1.1"),
    "a threads flag without its value": (["-t"], "needs a value"),
    "two URLs": (["http://127.0.0.1:1/"], "one URL"),
    "a code that means something else": (["--exit-code-on-miss", "3"], "3"),
}


class Usage(Case):
    def setUp(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(100)
        self.listener.setblocking(False)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def tearDown(self):
        self.listener.close()

    def refused(self, run):
        self.assertEqual(run.code, 2, run)
        self.assertEqual(run.out, "")
        with self.assertRaises(BlockingIOError, msg="a connection was opened"):
            self.listener.accept()

    def test_suites(self):
        for name, (text, place, word) in SUITES.items():
            with self.subTest(name):
                path = self.tool.write("bad.yaml", f"target: {self.url}\n{text}")
                run = self.tool.run("run", path)
                self.refused(run)
                self.assertIn(f"bad.yaml:{place}", run.err)
                self.assertIn(word, run.err)
                self.assertIn("Nothing was sent", run.err)

    def test_flags(self):
        for name, (flags, word) in FLAGS.items():
            with self.subTest(name):
                run = self.tool.run("http", self.url, *flags, out=False)
                self.refused(run)
                self.assertIn(word, run.err)

    def test_all_mistakes_at_once(self):
        run = self.tool.run("http", self.url, "-c", "0", "-d", "5", "-r", "x", "--slo", "nothing", out=False)
        self.refused(run)
        for word in ("--connections", "--duration", "--rate", "--slo"):
            self.assertIn(word, run.err)

    def test_a_good_suite_beside_a_bad_one_is_not_run(self):
        good = self.tool.write("good.yaml", f"target: {self.url}\nscenarios: [{{name: a, http: {{request: GET /}}}}]\n")
        bad = self.tool.write("bad.yaml", f"target: {self.url}\nscenarios: []\n")
        self.refused(self.tool.run("run", good, bad))

    def test_the_good_suite_alone_is_run(self):
        """So that the tests above fail for what they mean to."""
        good = self.tool.write("good.yaml", f"target: {self.url}\nscenarios: [{{name: a, http: "
                                            "{request: GET /, duration: 300ms, drain: 100ms}}]\n")
        self.assertNotEqual(self.tool.run("run", good).code, 2)
        self.listener.accept()[0].close()

    def test_the_printed_schema_takes_every_shipped_suite(self):
        run = self.tool.run("schema", out=False)
        self.assertEqual(run.code, 0, run)
        validator = jsonschema.Draft202012Validator(json.loads(run.out))
        suites = glob.glob(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../suites/*.yaml"))
        self.assertTrue(suites)
        for path in suites:
            with open(path, encoding="utf-8") as file:
                suite = yaml.safe_load(file)
            self.assertEqual([e.message for e in validator.iter_errors(suite)], [], path)
            suite["scenarios"][0]["htpp"] = {}
            self.assertFalse(validator.is_valid(suite), path)

    def test_reports_of_nothing(self):
        self.assertEqual(self.tool.run("report", self.tool.folder, out=False).code, 2)
        self.assertEqual(self.tool.run("report", "/nowhere", out=False).code, 2)


if __name__ == "__main__":
    main()
