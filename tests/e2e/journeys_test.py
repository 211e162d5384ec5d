#!/usr/bin/python3
"""Journeys through the command line, against code-graph-http, the simulator and servers that check every request: who asks
for what in which order, with which values, and what is shown of it."""

import base64
import collections
import json
import os
import re
import urllib.parse

from case import Case, main
from servers import plain, serving
from service import ROOT, code_graph

SOURCES = os.path.join(ROOT, "src/base")


def json_answer(value, status="200 OK", headers=()):
    return plain(json.dumps(value).encode(), status, ["Content-Type: application/json", *headers])


class Journeys(Case):
    def suite(self, http, **more):
        """A suite of one scenario, in JSON, which is YAML."""
        text = json.dumps({"suite": "journeys", "scenarios": [{"name": "one", "http": http}], **more})
        return self.tool.write(f"suite{len(os.listdir(self.tool.folder))}.yaml", text)

    def go(self, url, http, *flags):
        return self.ran(self.tool.run("run", self.suite(http), "--target", url, *flags))


class AgainstCodeGraph(Journeys):
    STEPS = [
        {"name": "search", "request": "GET /api/graph/nodes/search?name=parse", "extract": {"node": "/results/0/id"}},
        {"name": "node", "request": "GET /api/graph/nodes/{{node}}", "check": "/id == {{node}}"},
        {"name": "traverse", "request": "POST /api/graph/traverse",
         "json": {"start_node": "{{node}}", "query_type": "bfs", "max_depth": "{{raw:depths.depth}}"},
         "check": ["status == 200", "/nodes exists", "/start_node_id == {{node}}"]},
    ]

    def test_search_node_and_traverse(self):
        self.tool.write("depths.csv", "depth\n1\n2\n3\n")
        with code_graph(SOURCES) as url:
            for load in ({"users": 4}, {"rate": "100/s", "think": "2ms"}):
                run = self.go(url, {**load, "count": 50, "data": {"depths": "depths.csv"}, "steps": self.STEPS})
                self.assertEqual(run.metrics["failures"], 0, run)
                for step in ("search", "node", "traverse"):
                    self.assertEqual(run.metrics[f"step.{step}.requests"], 50, run)
                    self.assertGreater(run.metrics[f"step.{step}.latency.p95"], 0)
                self.assertEqual(run.metrics["requests"], 150)
                page = open(os.path.join(run.folder, "report.html"), encoding="utf-8").read()
                self.assertIn("step.traverse.requests", page)
                self.assertRegex(run.out, r"traverse +50 ")

    def test_what_was_expected_and_what_came_is_shown_nine_times(self):
        steps = [{"name": "search", "request": "GET /api/graph/nodes/search?name=no-such-name", "extract": {"node": "/results/0/id"}},
                 {"name": "never", "request": "GET /api/graph/nodes/{{node}}"}]
        with code_graph(SOURCES) as url:
            run = self.go(url, {"users": 3, "count": 40, "steps": steps})
        self.assertEqual(run.metrics["errors.check"], 40, run)
        self.assertEqual(run.metrics["step.never.requests"], 0)
        notes = run.scenario["notes"]
        self.assertEqual(notes[0], "40 × search: extract node from /results/0/id")
        self.assertEqual(len(notes), 10, notes)
        for note in notes[1:]:
            self.assertRegex(note, r'^user [123]: nothing there; 200 \{"results":\[\]')


class AgainstTheSimulator(Journeys):
    def test_counts_are_those_of_the_simulator(self):
        with self.tool.simulate("--latency", "const:2ms") as simulator:
            run = self.go(simulator.url, {"users": 5, "count": 60, "think": "1ms", "steps": [
                {"name": "a", "request": "GET /?a"}, {"name": "b", "request": "GET /?b", "repeat": 3},
                {"name": "c", "request": "GET /?c={{user}}", "check": "status == 200"}]}, "-t", 2)
            self.assertEqual(run.metrics["requests"], 300, run)
            self.assertEqual(run.metrics["step.b.requests"], 180)
            self.assertEqual(run.metrics["failures"], 0, run)
            self.assertGreaterEqual(run.metrics["step.a.latency.min"], 0.002)
            answers = len(simulator.samples())
            self.assertEqual(answers, 300)


class Sessions(Journeys):
    """A shop that lets nobody in who has not done what comes before."""

    LOADS = ({"users": 6, "data": {"people": {"file": "people.csv", "rows": "per_user"}}},
             {"rate": "200/s", "data": {"people": "people.csv"}},
             {"users": 4, "keep_alive": False, "data": {"people": {"file": "people.csv", "rows": "random"}}})

    def served(self, answer):
        return serving(answer)

    def shop(self, problems):
        sessions = {}

        def answer(request):
            path = request.target.split("?")[0]
            cookies = dict(c.split("=", 1) for c in request.headers.get("cookie", "").split("; ") if "=" in c)
            if path == "/login":
                form = urllib.parse.parse_qs(request.body.decode())
                name, password = form["name"][0], form["password"][0]
                if password != f"pw of {name}&co":
                    problems.append(f"wrong password: {request.body}")
                if cookies:
                    problems.append(f"a newcomer with cookies: {cookies}")
                sid = f"s{len(sessions) + 1}"
                sessions[sid] = name
                return plain(b"", "303 See Other", [f"Set-Cookie: sid={sid}; Path=/; HttpOnly", "Location: /welcome?new=1"])
            if sessions.get(cookies.get("sid")) is None:
                problems.append(f"{request.method} {request.target} without a session: {request.headers}")
                return plain(b"", "401 Unauthorized")
            if path == "/welcome":
                if request.method != "GET" or request.body:
                    problems.append("the redirect was not followed by a GET")
                return json_answer({"token": f"token \"of\" {cookies['sid']}", "items": [{"id": 7}, {"id": 8}]})
            if path == "/order":
                body = json.loads(request.body)
                if request.headers.get("authorization") != f"Bearer token \"of\" {cookies['sid']}":
                    problems.append(f"another's token: {request.headers}")
                if body["item"] != 7 or body["all"] != [{"id": 7}, {"id": 8}]:
                    problems.append(f"another body: {body}")
                return json_answer({"state": "open"}, "201 Created", [f"Location: /orders/{body['unique']}"])
            if not re.fullmatch(r"/orders/\d+", path):
                problems.append(f"unknown path {path}")
            return json_answer({"name": sessions[cookies["sid"]]})

        return answer

    def test_login_order_and_look(self):
        self.tool.write("people.csv", "name,password\n" + "".join(f"user {i},pw of user {i}&co\n" for i in range(6)))
        http = {
            "count": 60, "cookies": True, "redirects": 2,
            "steps": [
                {"name": "login", "request": "POST /login", "body": "name={{people.name}}&password={{people.password}}",
                 "headers": {"Content-Type": "application/x-www-form-urlencoded"}, "check": "status == 200",
                 "extract": {"token": "/token", "item": "/items/0/id", "all": "/items"}},
                {"name": "order", "request": "POST /order", "auth": {"bearer": "{{token}}"},
                 "json": {"item": "{{raw:item}}", "all": "{{raw:all}}", "unique": "{{unique}}"},
                 "extract": {"place": "header location", "state": "re:\"state\": \"(\\w+)\""},
                 "check": ["status == 201", "/state == open", "header Location matches ^/orders/"]},
                {"name": "look", "request": "GET {{raw:place}}", "check": "/name == {{people.name}}", "if": "state == open"},
                {"name": "skipped", "request": "GET /never", "if": "state != open"},
            ]}
        for load in self.LOADS:
            with self.subTest(load=load):
                problems = []
                with self.served(self.shop(problems)) as server:
                    run = self.go(server.url, {**http, **load}, "-t", 2)
                self.assertEqual(problems, [])
                self.assertEqual(run.metrics["failures"], 0, run)
                kinds = collections.Counter(r.target.split("?")[0].split("/")[1] for r in server.requests)
                self.assertEqual(kinds, {"login": 60, "welcome": 60, "order": 60, "orders": 60})
                self.assertEqual(run.metrics["step.login.requests"], 120)  # each hop is a request
                self.assertEqual(run.metrics["requests"], len(server.requests))

    def test_basic_authentication_of_many_users(self):
        self.tool.write("accounts.jsonl", "".join(json.dumps({"name": f"u{i}", "word": f"p:{i}"}) + "\n" for i in range(3)))
        with self.served(lambda r: plain()) as server:
            self.go(server.url, {"users": 3, "count": 30, "data": {"accounts": {"file": "accounts.jsonl", "rows": "per_user"}},
                                 "auth": {"basic": {"user": "{{accounts.name}}", "password": "{{accounts.word}}"}}, "steps": ["GET /a"]})
            self.assertEqual({r.headers["authorization"] for r in server.requests},
                             {"Basic " + base64.b64encode(f"u{i}:p:{i}".encode()).decode() for i in range(3)})


class Secrets(Journeys):
    SECRETS = {"SHOP_TOKEN": "tok/en \"1234567", "SHOP_USER_PASSWORD": "open sesame", "SOME_VALUE": "in-a-cookie-87"}

    def test_never_leave_the_process(self):
        """Whatever fails, and though the server echoes all it is sent."""
        def echo(request):
            everything = json.dumps({"target": request.target, "headers": request.headers, "body": request.body.decode()})
            return plain(everything.encode(), "403 Forbidden", [f"X-Echo: {request.headers.get('authorization')}"])

        http = {"users": 2, "count": 30,
                "headers": {"Cookie": "sid=${SOME_VALUE}"},
                "journeys": [
                    {"name": "a", "steps": [{"request": "GET /a/x?token=1", "auth": {"bearer": "${SHOP_TOKEN}"}}]},
                    {"name": "b", "steps": [{"request": "POST /${SHOP_USER_PASSWORD_PATH}/b", "json": {"password": "${SHOP_USER_PASSWORD}"},
                                             "auth": {"basic": {"user": "shop", "password": "${SHOP_USER_PASSWORD}"}},
                                             "check": ["status == 403", "/body == ${SHOP_USER_PASSWORD}"]}]},
                    {"name": "c", "steps": [{"request": "GET /c", "auth": {"bearer": "${SHOP_TOKEN}"},
                                             "check": ["status == 403", "header x-echo == nothing"]}]},
                ]}
        environment = {**self.SECRETS, "SHOP_USER_PASSWORD_PATH": "open%20sesame"}
        os.environ.update(environment)
        try:
            with serving(echo) as server:
                run = self.go(server.url, http, "--set", "SOME_VALUE=" + environment["SOME_VALUE"])
                checked = self.tool.run("check", self.suite({**http, "duration": "x"}), "--target", server.url, out=False)
        finally:
            for name in environment:
                del os.environ[name]
        self.assertEqual(run.metrics["failures"], 30, run)
        sent = [r for r in server.requests if r.headers.get("authorization") == "Bearer " + self.SECRETS["SHOP_TOKEN"]]
        self.assertGreater(len(sent), 0)  # the service does get it
        shown = {"stdout": run.out, "stderr": run.err, "check": checked.out + checked.err}
        for folder, _, files in os.walk(run.folder):
            for name in files:
                with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as f:
                    shown[name] = f.read()
        self.assertIn("result.json", shown)
        self.assertIn("report.html", shown)
        self.assertIn("journal.ndjson", shown)
        forms = []
        for value in environment.values():
            forms += [value, urllib.parse.quote(value, safe=""), json.dumps(value)[1:-1], json.dumps(json.dumps(value)[1:-1])[1:-1]]
        forms.append(base64.b64encode(b"shop:open sesame").decode())
        for name, text in shown.items():
            for form in forms:
                self.assertNotIn(form, text, name)
        self.assertIn("${SHOP_USER_PASSWORD", shown["result.json"])


if __name__ == "__main__":
    main()
