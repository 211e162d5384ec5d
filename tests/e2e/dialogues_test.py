#!/usr/bin/python3
"""Steps of journeys that speak by WebSocket, against the simulator and servers that are not ours (tests/peers): what was opened,
said and heard is what the server counts, in clear and over TLS."""

import collections
import json
import os
import shutil
import ssl
import subprocess
import unittest
import urllib.request

from case import Case, main  # first: it says where the others are

import broadcast
from certificates import Authority
from service import ROOT


# Speaks HTTP/2 and, to who offers no more, HTTP/1.1 with WebSocket, on one port. GET /counts says what came how.
BOTH = """
const fs = require('fs'), http2 = require('http2'), {WebSocketServer} = require('ws');
const counts = {'1.1': 0, '2.0': 0, opened: 0, said: 0, closed: 0}, sockets = new WebSocketServer({noServer: true});
const [cert, key] = process.argv.slice(1).map((name) => fs.readFileSync(name));
const server = http2.createSecureServer({cert, key, allowHTTP1: true}, (request, response) => {
  if (request.url !== '/counts') ++counts[request.httpVersion];
  response.end(JSON.stringify(counts));
});
server.on('upgrade', (request, socket, head) => sockets.handleUpgrade(request, socket, head, (ws) => {
  ++counts.opened;
  ws.on('message', (message) => { ++counts.said; ws.send(message.toString()); });
  ws.on('close', (code) => { counts.closed += code === 1000 ? 1 : 0; });
}));
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
"""


def account_of(peer, url):
    """What the server counts, when all its clients have left."""
    def whole():
        with urllib.request.urlopen(url + "/account", timeout=broadcast.PATIENCE, context=peer.tls) as answer:
            account = json.load(answer)
        return account if all(c["until"] is not None for c in account["clients"]) else None

    return broadcast.eventually(whole)


class Dialogues(Case):
    def go(self, url, http, *flags, **more):
        text = json.dumps({"suite": "dialogues", "scenarios": [{"name": "one", "http": http}], **more})
        suite = self.tool.write(f"suite{len(os.listdir(self.tool.folder))}.yaml", text)
        return self.ran(self.tool.run("run", suite, "--target", url, *flags))

    LOADS = ({"users": 5}, {"rate": "150/s"})

    def test_counts_are_those_of_the_simulator(self):
        steps = [
            {"name": "first", "request": "GET /?first"},
            {"name": "ask", "websocket": "/ws/echo?user={{user}}", "send": {"id": "{{request.id}}"}, "await": "/id == {{request.id}}",
             "repeat": 3, "extract": {"id": "/id"}},
            {"name": "then", "request": "GET /?{{id}}", "check": "status == 200"},
            {"name": "leave", "websocket": "/ws/echo?user={{user}}", "close": True},
            {"name": "last", "request": "GET /?last"}]
        for load in self.LOADS:
            with self.subTest(load=load), self.tool.simulate("--latency", "const:1ms") as simulator:
                run = self.go(simulator.url, {**load, "count": 60, "steps": steps}, "-t", 2)
                self.assertEqual(run.metrics["failures"], 0, run)
                self.assertEqual(run.metrics["requests"], 60 * 7)
                self.assertEqual(run.metrics["step.ask.requests"], 180)
                self.assertEqual(run.metrics["step.leave.requests"], 60)
                self.assertEqual(run.metrics["status.101"], 60)
                self.assertEqual(run.metrics["status.200"], 180)
                answers = collections.Counter(status for _, _, status in simulator.samples())
                self.assertEqual(answers, {101: 60, 200: 180})
                self.assertEqual(run.metrics["connect.failed"], 0)
                # One connection tries whether the service is there, one reads the record.
                accepted = simulator.stats()["connections"]["accepted"]
                self.assertGreaterEqual(accepted, run.metrics["connect.succeeded"] + 1)
                self.assertLessEqual(accepted, run.metrics["connect.succeeded"] + 3)
                self.assertIn("ask", run.out)

    def test_what_is_published_over_http_is_heard(self):
        steps = [
            {"name": "open", "websocket": "/events?client={{unique}}"},
            {"name": "publish", "request": "POST /publish", "json": {"id": "{{raw:unique}}", "more": "thanks " * 40}},
            {"name": "hear", "websocket": "/events?client={{unique}}", "await": "/id == {{unique}}", "check": "/more contains thanks"},
            {"name": "say", "websocket": "/echo", "send": "hello {{user}}", "check": "body contains hello"},
            {"name": "leave", "websocket": "/events?client={{unique}}", "close": True}]
        authority = Authority(self.tool.folder)
        peers = [(peer, {}) for peer in broadcast.servers()[1:]]
        if shutil.which("node"):
            peers.append((broadcast.npm_ws(authority), {"defaults": {"tls": {"ca": authority.path("ca.pem")}}}))
        for peer, more in peers:
            for load in self.LOADS:
                with self.subTest(peer.name, tls=bool(more), load=load), peer.serve(self.tool, {"of": 1}) as (url, _):
                    run = self.go(url, {**load, "count": 40, "steps": steps}, **more)
                    self.assertEqual(run.metrics["failures"], 0, run)
                    self.assertEqual(run.metrics["requests"], 200)
                    self.assertEqual(run.metrics["status.101"], 80)
                    account = account_of(peer, url)
                    self.assertEqual(account["published"], run.metrics["step.publish.requests"])
                    self.assertEqual(len(account["clients"]), run.metrics["step.open.requests"])
                    self.assertEqual(len({c["name"] for c in account["clients"]}), 40)
                    self.assertEqual(account["published"], 40)

    @unittest.skipUnless(shutil.which("node"), "needs node")
    def test_beside_requests_over_http2_it_is_http1(self):
        authority = Authority(self.tool.folder)
        server = subprocess.Popen(["node", "-e", BOTH, *authority.issue("both")], cwd=ROOT, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, text=True)
        try:
            url = f"https://127.0.0.1:{server.stdout.readline().strip()}"
            run = self.go(url, {"users": 4, "count": 40, "version": 2, "steps": [
                "GET /before", {"name": "ask", "websocket": "/ws", "send": "hello", "check": "body == hello", "repeat": 2},
                {"name": "after", "request": "GET /after"}]}, defaults={"tls": {"ca": authority.path("ca.pem")}})
            context = ssl.create_default_context(cafile=authority.path("ca.pem"))

            def counts():
                with urllib.request.urlopen(url + "/counts", timeout=broadcast.PATIENCE, context=context) as answer:
                    found = json.load(answer)
                return found if found["closed"] == found["opened"] else None
            found = broadcast.eventually(counts)
        finally:
            server.kill()
            server.wait()
            server.stdout.close()
        self.assertEqual(run.metrics["failures"], 0, run)
        self.assertEqual(found, {"1.1": 0, "2.0": 80, "opened": 40, "said": 80, "closed": 40})
        self.assertEqual(run.metrics["status.101"], 40)

    def test_what_goes_wrong_is_said(self):
        for peer in broadcast.servers()[1:]:
            with self.subTest(peer.name), peer.serve(self.tool, {"of": 1}) as (url, _):
                run = self.go(url, {"users": 2, "count": 20, "steps": [
                    {"name": "lost", "websocket": "/nowhere", "send": "x"}, {"name": "never", "request": "GET /account"}]})
                self.assertEqual(run.metrics["errors.status"], 20, run)
                self.assertEqual(run.metrics["status.404"], 20)
                self.assertEqual(run.metrics["step.never.requests"], 0)
                self.assertEqual(run.scenario["notes"][0], "20 × lost: check 'status == 101'")
                self.assertRegex(run.scenario["notes"][1], "^user [12]: found '404'; 404$")
                run = self.go(url, {"users": 2, "count": 6, "steps": [
                    {"name": "deaf", "websocket": "/echo", "send": {"id": 1}, "await": "/id == 2", "timeout": "50ms"}]})
                self.assertEqual(run.metrics["errors.timeout"], 6, run)
                self.assertEqual(run.scenario["notes"][0], "6 × deaf: no awaited message within 50 ms")
                self.assertRegex(run.scenario["notes"][1], r'^user [12]: 1 other message came, the last: {"id":1}$')
                run = self.go(url, {"users": 1, "count": 3, "steps": [
                    {"name": "open", "websocket": "/events?client={{unique}}"},
                    {"name": "cut", "request": "POST /disconnect"},
                    {"name": "hear", "websocket": "/events?client={{unique}}", "await": "body exists"}]})
                self.assertEqual(run.metrics["errors.reset"], 3, run)
                self.assertEqual(run.metrics["step.hear.failures"], 3)

    def test_check_says_what_a_suite_does(self):
        suite = self.tool.write("suite.yaml", json.dumps({"target": "http://127.0.0.1:1", "scenarios": [{"name": "one", "http": {
            "users": 2, "duration": "5s", "steps": ["GET /", {"websocket": "/ws", "send": "x"}]}}]}))
        out = subprocess.run([self.binary, "check", suite], capture_output=True, text=True, check=True).stdout
        self.assertIn("2 users in a closed loop on a journey of 2 steps, 1 by WebSocket for 5 s", out)


if __name__ == "__main__":
    main()
