"""Events between instances, through a real redis-server that is started here."""
import asyncio
import json
import os
import socket
import subprocess
import tempfile
import unittest

import websockets

from service import PATIENCE, Service


class Redis:
    def __init__(self, port=None):
        if port is None:
            with socket.create_server(("127.0.0.1", 0)) as probe:
                port = probe.getsockname()[1]
        self.port = port
        self.folder = tempfile.TemporaryDirectory()
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
             "--dir", self.folder.name, "--requirepass", "open"], stdout=subprocess.DEVNULL)
        Service.wait(lambda: self.ask("PING") == "PONG", "redis answers")

    def ask(self, *words):
        done = subprocess.run(["redis-cli", "-p", str(self.port), "-a", "open", "--no-auth-warning", *words],
                              capture_output=True, timeout=PATIENCE, check=False)
        return done.stdout.decode().strip()

    def stop(self):
        self.process.kill()
        self.process.wait()

    @property
    def url(self):
        return f"redis://:open@127.0.0.1:{self.port}/0"


def connected(service):
    return service.get("/health").json["redis_ok"]


class TwoInstances(unittest.TestCase):
    def setUp(self):
        self.redis = Redis()
        self.addCleanup(self.redis.folder.cleanup)
        self.addCleanup(self.redis.stop)

    def test_events_cross_once(self):
        flags = ("--allow-publish", "--no-watch", "--redis-url", self.redis.url)
        with Service(*flags) as a, Service("--allow-publish", "--no-watch", env={"REDIS_URL": self.redis.url}) as b:
            for s in (a, b):
                Service.wait(lambda s=s: connected(s), "connected")
                self.assertEqual(s.get("/health").json, {"status": "healthy", "redis_enabled": True, "redis_ok": True})

            async def both():
                async with websockets.connect(a.ws("/ws/events")) as at_a, \
                        websockets.connect(b.ws("/ws/events/filtered?event_types=cross")) as at_b:
                    sent = [(s, s.post("/api/graph/events", {"event_type": "cross", "entity_id": "e",
                                                             "data": {"n": n}}).json["event_id"])
                            for n, s in enumerate((a, b, a, b, a))]
                    heard = []
                    for client in (at_a, at_b):
                        heard.append([])
                        while len(heard[-1]) < len(sent):
                            message = json.loads(await asyncio.wait_for(client.recv(), PATIENCE))
                            if message["event_type"] == "cross":
                                heard[-1].append(message)
                    for messages in heard:
                        self.assertEqual({m["event_id"] for m in messages}, {i for _, i in sent})  # none twice
                        self.assertEqual({m["data"]["n"] for m in messages}, set(range(5)))
                    for client in (at_a, at_b):  # and no echo after them
                        await client.send("ping")
                        self.assertEqual(json.loads(await asyncio.wait_for(client.recv(), PATIENCE)), {"type": "pong"})
                    return sent
            sent = asyncio.run(both())
            stream = self.redis.ask("XRANGE", "code_graph:cdc", "-", "+")
            for _, event_id in sent:
                self.assertEqual(stream.count(event_id), 1)
            for field in ("event_id", "event_type", "timestamp", "entity_id", "entity_type", "data"):
                self.assertIn(field, stream)

    def test_redis_goes_and_comes_back(self):
        with Service("--allow-publish", "--no-watch", "--redis-url", self.redis.url) as service:
            Service.wait(lambda: connected(service), "connected")
            self.redis.stop()
            Service.wait(lambda: not connected(service), "the loss is seen")
            self.assertIn("redis_error", service.get("/health").json)
            event_id = service.post("/api/graph/events", {"event_type": "meanwhile"}).json["event_id"]
            self.redis.start()
            Service.wait(lambda: connected(service), "connected again")
            Service.wait(lambda: event_id in self.redis.ask("XRANGE", "code_graph:cdc", "-", "+"), "what waited is sent")

    def test_without_redis_all_else_works(self):
        self.redis.stop()
        with Service("--allow-publish", "--redis-url", self.redis.url) as service:
            health = service.get("/health").json
            self.assertEqual((health["status"], health["redis_enabled"], health["redis_ok"]), ("healthy", True, False))
            self.assertEqual(service.post("/api/graph/events", {"event_type": "x"}).status, 202)
            self.assertEqual(service.stop(), 0)

    def test_no_redis_wins(self):
        with Service("--no-redis", env={"REDIS_URL": self.redis.url}) as service:
            self.assertFalse(service.get("/health").json["redis_enabled"])


if __name__ == "__main__":
    unittest.main()
