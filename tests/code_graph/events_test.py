"""The WebSocket contract of code-graph-http, against the real program."""
import asyncio
import http.client
import json
import os
import socket
import struct
import time
import unittest

import websockets

from service import PATIENCE, Service, read_to_end, write_project

SOON = PATIENCE


async def receive(client):
    return json.loads(await asyncio.wait_for(client.recv(), SOON))


async def until(client, condition):
    """Messages up to the first for which the condition holds."""
    seen = []
    while True:
        seen.append(await receive(client))
        if condition(seen[-1]):
            return seen


async def ended(client):
    """Reads on until the connection is closed; the code of the close."""
    try:
        while True:
            await asyncio.wait_for(client.recv(), SOON)
    except websockets.ConnectionClosed:
        return client.close_code


def upgrade_request(path, more=""):
    return (f"GET {path} HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n").encode()


class AsyncTest(unittest.TestCase):
    """Each test in a loop of its own, without asyncio's slow debug mode."""

    def _callTestMethod(self, method):
        asyncio.run(asyncio.wait_for(method(), 3 * PATIENCE))


class Events(AsyncTest):
    @classmethod
    def setUpClass(cls):
        cls.service = Service("--allow-publish", "--no-watch")
        cls.publisher = http.client.HTTPConnection("127.0.0.1", cls.service.port, timeout=PATIENCE)

    @classmethod
    def tearDownClass(cls):
        cls.publisher.close()
        cls.service.__exit__()

    def publish(self, event_type="load_test", **more):
        self.publisher.request("POST", "/api/graph/events", json.dumps({"event_type": event_type, **more}))
        reply = self.publisher.getresponse()
        body = json.loads(reply.read())
        self.assertEqual(reply.status, 202, body)
        return body

    def connect(self, path="/ws/events", **more):
        return websockets.connect(self.service.ws(path), max_size=None, **more)

    async def test_event_arrives_with_its_data_unchanged(self):
        data = {"n": 1.50, "big": 12345678901234567890123, "text": "é\u2028\"", "list": [None, True, {}]}
        async with self.connect() as a, self.connect("/ws/events/filtered") as b:
            told = self.publish("node_added", entity_id="function:a.py:f:3", entity_type="node", data=data)
            self.assertEqual(told["subscribers"], 2)
            for client in (a, b):
                event = await receive(client)
                self.assertEqual(event["data"], data)
                self.assertEqual(event["event_id"], told["event_id"])
                self.assertEqual((event["type"], event["event_type"], event["entity_id"], event["entity_type"]),
                                 ("cdc_event", "node_added", "function:a.py:f:3", "node"))
                self.assertRegex(event["timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")

    async def test_ping_text_and_ping_frame(self):
        for path in ("/ws/events", "/ws/events/filtered"):
            async with self.connect(path) as client:
                await client.send("ping")
                self.assertEqual(await receive(client), {"type": "pong"})
                await asyncio.wait_for(await client.ping(), SOON)

    async def test_other_text_is_passed_over(self):
        async with self.connect() as client:
            await client.send("hello")
            await client.send('{"action":"filter","event_types":["node_added"]}')
            await client.send("ping")
            self.assertEqual(await receive(client), {"type": "pong"})

    async def test_filter_is_applied(self):
        async with self.connect("/ws/events/filtered") as client:
            await client.send(json.dumps(
                {"action": "filter", "event_types": ["node_added", "odd"], "entity_types": ["node"]}))
            self.assertEqual(await receive(client), {"type": "filter_updated", "filters": {
                "event_types": ["node_added", "odd"], "entity_types": ["node"]}})
            self.assertEqual(self.publish("node_deleted", entity_type="node")["subscribers"], 0)
            self.assertEqual(self.publish("node_added", entity_type="relationship")["subscribers"], 0)
            wanted = self.publish("node_added", entity_type="node")
            self.assertEqual(wanted["subscribers"], 1)
            self.assertEqual((await receive(client))["event_id"], wanted["event_id"])
            await client.send('{"action":"filter"}')
            self.assertEqual((await receive(client))["filters"], {"event_types": [], "entity_types": []})
            self.assertEqual(self.publish("node_deleted", entity_type="node")["subscribers"], 1)

    async def test_filter_in_the_address(self):
        async with self.connect("/ws/events/filtered?event_types=a,b") as client:
            self.publish("c")
            wanted = self.publish("b")
            self.assertEqual((await receive(client))["event_id"], wanted["event_id"])

    async def test_bad_filters_are_told_and_survived(self):
        bad = ["{", "[1]", "null", '"filter"', "17", '{"action":"filter","event_types":"node_added"}',
               '{"action":"filter","event_types":null}', '{"action":"filter","event_types":[1]}',
               '{"action":"filter","entity_types":17}', '{"action":"filter","event_types":[""]}',
               json.dumps({"action": "filter", "event_types": ["x"] * 65}), "{" * 5000]
        async with self.connect("/ws/events/filtered") as client:
            for text in bad:
                await client.send(text)
                reply = await receive(client)
                self.assertEqual((reply["type"], set(reply)), ("error", {"type", "detail"}), text)
            for text in ('{"action":"dance"}', "{}", '{"action":5}'):
                await client.send(text)
            await client.send("ping")
            self.assertEqual(await receive(client), {"type": "pong"})
            self.publish("still_here")
            self.assertEqual((await receive(client))["event_type"], "still_here")

    async def test_binary_closes_with_1003(self):
        async with self.connect() as client:
            await client.send(b"ping")
            self.assertEqual(await ended(client), 1003)

    async def test_too_long_closes_with_1009(self):
        async with self.connect() as client:
            await client.send("x" * 65536)
            await client.send("ping")
            self.assertEqual(await receive(client), {"type": "pong"})
            await client.send("x" * 65537)
            self.assertEqual(await ended(client), 1009)

    async def test_status_counts_both_kinds(self):
        async with self.connect(), self.connect("/ws/events/filtered"):
            self.assertEqual(self.service.get("/ws/status").json, {"active_connections": 2, "status": "healthy"})
        Service.wait(lambda: self.service.get("/ws/status").json["active_connections"] == 0, "all have left")

    async def test_resume(self):
        ids = [self.publish(data={"n": n})["event_id"] for n in range(5)]
        async with self.connect("/ws/events?since=" + ids[1]) as client:
            self.assertEqual([(await receive(client))["event_id"] for _ in range(3)], ids[2:])
            later = self.publish()["event_id"]
            self.assertEqual((await receive(client))["event_id"], later)
        async with self.connect("/ws/events?since=" + later) as client:
            last = self.publish()["event_id"]
            self.assertEqual((await receive(client))["event_id"], last)

    async def test_resume_from_an_event_that_is_not_known(self):
        self.publish()
        async with self.connect("/ws/events?since=elsewhere-1") as client:
            self.assertEqual((await receive(client))["type"], "error")
            self.assertEqual((await receive(client))["type"], "cdc_event")

    async def test_resume_after_too_long(self):
        first = self.publish()["event_id"]
        for _ in range(1100):
            last = self.publish()["event_id"]
        async with self.connect("/ws/events?since=" + first) as client:
            lagged = await receive(client)
            self.assertEqual(lagged["type"], "lagged")
            seen = await until(client, lambda m: m.get("event_id") == last)
            self.assertEqual(lagged["dropped"] + len(seen), 1100)

    async def test_reanalysis_tells_progress(self):
        async with self.connect() as client:
            self.service.post("/api/graph/admin/reanalyze")
            seen = await until(client, lambda m: m["event_type"] == "analysis_completed")
            self.assertEqual(seen[0]["event_type"], "analysis_started")
            progress = [m for m in seen if m["event_type"] == "analysis_progress"]
            self.assertEqual(progress[-1]["percentage"], 100)
            self.assertEqual(progress[-1]["data"]["percentage"], 100)
            self.assertEqual(progress[-1]["message"], progress[-1]["data"]["message"])
            self.assertTrue(all((m["entity_id"], m["entity_type"]) == ("analysis", "metadata") for m in progress))
            stats = self.service.get("/api/graph/stats").json
            self.assertEqual((seen[-1]["data"]["node_count"], seen[-1]["data"]["edge_count"]),
                             (stats["total_nodes"], stats["total_relationships"]))
            self.assertGreater(seen[-1]["data"]["duration_ms"], 0)

    async def test_slow_client_delays_nobody(self):
        slow = socket.socket()
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", self.service.port))
        slow.sendall(upgrade_request("/ws/events"))
        self.assertIn(b"101", await asyncio.to_thread(slow.recv, 12))
        count, fast, ahead = 3400, 2, 100
        clients = [await self.connect() for _ in range(fast)]
        text = "x" * 16000
        heard = [0] * fast

        async def listen(i):
            numbers = []
            while not numbers or numbers[-1] != count - 1:
                message = json.loads(await clients[i].recv())
                numbers.append(message["data"]["n"] if message["type"] == "cdc_event" else message)
                heard[i] += 1
            return numbers

        def send():
            for n in range(count):
                while min(heard) < n - ahead:  # these clients read; one that does not must not matter to them
                    time.sleep(0.001)
                self.publish("flood", data={"n": n, "text": text})

        listening = [asyncio.create_task(listen(i)) for i in range(fast)]
        await asyncio.to_thread(send)
        for task in listening:
            self.assertEqual(await asyncio.wait_for(task, SOON), list(range(count)))
        # The slow one: in order, with the gap told at its place, and in the end 1013.
        data = await asyncio.to_thread(read_to_end, slow)
        slow.close()
        at = data.index(b"\r\n\r\n") + 4
        told, numbers, code = 0, [], None
        while at < len(data):
            opcode, length = data[at] & 15, data[at + 1]
            at += 2
            if length == 126:
                (length,) = struct.unpack_from(">H", data, at)
                at += 2
            payload = data[at:at + length]
            at += length
            if opcode == 8:
                (code,) = struct.unpack_from(">H", payload)
            elif opcode == 1:
                message = json.loads(payload)
                if message["type"] == "lagged":
                    told += message["dropped"]
                else:
                    numbers.append(message["data"]["n"])
        self.assertEqual(code, 1013)
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertGreater(told, 0)
        self.assertLess(len(numbers), count)
        for client in clients:
            await client.close()


class Changes(AsyncTest):
    async def test_changes_of_files_are_told(self):
        with Service() as service:
            Service.wait(lambda: service.get("/api/graph/debug/analysis").json["file_watcher_running"], "watching")
            async with websockets.connect(service.ws("/ws/events")) as client:
                with open(os.path.join(service.root, "app/fresh.py"), "w", encoding="utf-8") as f:
                    f.write("from app.util import helper\n\n\ndef fresh():\n    return helper(1)\n")
                seen = await until(client, lambda m: m["event_type"] == "relationship_added" and m["data"]["type"] == "calls")
                added = [m["entity_id"] for m in seen if m["event_type"] == "node_added"]
                self.assertIn("function:app/fresh.py:fresh:4", added)
                self.assertEqual(service.get("/api/graph/nodes/function:app/fresh.py:fresh:4").status, 200)
                node = next(m for m in seen if m["entity_id"] == "function:app/fresh.py:fresh:4")
                self.assertEqual((node["entity_type"], node["data"]["name"]), ("node", "fresh"))
                os.unlink(os.path.join(service.root, "app/fresh.py"))
                seen = await until(client, lambda m: m["event_type"] == "node_deleted"
                                   and m["entity_id"] == "function:app/fresh.py:fresh:4")
                self.assertEqual(seen[-1]["data"], {"node_id": "function:app/fresh.py:fresh:4"})
                gone = [m for m in seen if m["event_type"] == "relationship_deleted"]
                self.assertTrue(all(m["data"] == {"relationship_id": m["entity_id"]} for m in gone) and gone)
                os.makedirs(os.path.join(service.root, "made/later"))
                with open(os.path.join(service.root, "made/later/x.py"), "w", encoding="utf-8") as f:
                    f.write("def in_new_folder():\n    pass\n")
                await until(client, lambda m: m["entity_id"] == "function:made/later/x.py:in_new_folder:1")

    async def test_many_changes_are_one_reset(self):
        with Service() as service:
            Service.wait(lambda: service.get("/api/graph/debug/analysis").json["file_watcher_running"], "watching")
            async with websockets.connect(service.ws("/ws/events")) as client:
                with open(os.path.join(service.root, "huge.py"), "w", encoding="utf-8") as f:
                    f.write("".join(f"def f{i}():\n    pass\n" for i in range(1500)))
                seen = await until(client, lambda m: m["event_type"] == "graph_reset")
                self.assertEqual(len([m for m in seen if m["event_type"] == "node_added"]), 0)
                self.assertEqual(seen[-1]["data"]["node_count"], service.get("/api/graph/stats").json["total_nodes"])


class Sessions(AsyncTest):
    async def test_silent_client_is_pinged_then_closed(self):
        with Service("--ping-after", "0.3", "--close-after", "1.2", "--no-watch") as service:
            with service.socket() as silent:
                silent.sendall(upgrade_request("/ws/events"))
                data = await asyncio.to_thread(read_to_end, silent)
            frames = data[data.index(b"\r\n\r\n") + 4:]
            self.assertEqual(frames[0] & 15, 9)  # a ping first
            self.assertIn(b"\x88", frames)
            async with websockets.connect(service.ws("/ws/events"), ping_interval=None) as client:
                await asyncio.sleep(2.5)  # twice the limit: this client answers pings and stays
                await client.send("ping")
                self.assertEqual(await receive(client), {"type": "pong"})

    async def test_shutdown_closes_with_1001(self):
        with Service("--no-watch") as service:
            async with websockets.connect(service.ws("/ws/events")) as a, \
                    websockets.connect(service.ws("/ws/events/filtered")) as b:
                stopping = asyncio.create_task(asyncio.to_thread(service.stop))
                self.assertEqual([await ended(a), await ended(b)], [1001, 1001])
                self.assertEqual(await stopping, 0)

    async def test_origin_is_checked_when_there_is_a_list(self):
        with Service("--cors-origins", "http://a.example", "--no-watch") as service:
            for path in ("/ws/events", "/ws/events/filtered"):
                for origin, good in (("http://a.example", True), (None, True), ("http://b.example", False)):
                    if good:
                        async with websockets.connect(service.ws(path), origin=origin):
                            pass
                    else:
                        with self.assertRaises(websockets.InvalidStatusCode) as refused:
                            await websockets.connect(service.ws(path), origin=origin)
                        self.assertEqual(refused.exception.status_code, 403)


if __name__ == "__main__":
    unittest.main()
