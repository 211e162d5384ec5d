#!/usr/bin/python3
"""A broadcast server on python3-websockets, for tests: nothing of it is ours but the faults that it plants. Routes, flags and
account are those of ws_server.js; /stream uses no library at all."""

import argparse
import asyncio
import http
import json
import socket
import struct
import time
import urllib.parse

from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.frames import Opcode
from websockets.http11 import Request
from websockets.server import ServerConnection

try:  # called ServerProtocol from version 11 on
    from websockets.protocol import State
except ImportError:
    from websockets.connection import State

REFUSED = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Rule:
    """Every K-th message of all clients or of some: 'K' or 'K:I,I'."""

    def __init__(self, text):
        every, _, clients = text.partition(":")
        self.every = int(every or 0)
        self.only = {int(i) for i in clients.split(",")} if clients else None

    def falls_on(self, client):
        return self.every > 0 and client.heard % self.every == 0 and (self.only is None or client.index in self.only)


class Message:
    def __init__(self, number, payload):
        self.number, self.payload, self.id = number, payload, json.loads(payload)["id"]
        self.times = [number, self.id, time.monotonic_ns(), None]


class Broadcast:
    def __init__(self, flags):
        self.flags = flags
        self.open = {}  # by index, in order of opening
        self.away_until = 0
        self.published = []  # all messages, for who comes back
        self.account = {"published": 0, "expected": 0, "sent": 0, "refused": 0, "resumed": 0, "clients": [], "plants": [],
                        "messages": []}

    def plant(self, kind, client, message):
        self.account["plants"].append({"kind": kind, "message": message.number, "id": message.id, "client": client.index,
                                       "name": client.name})

    def enter(self, client, name, last=None):
        client.index, client.name, client.heard, client.held = len(self.account["clients"]), name, 0, None
        self.account["clients"].append({"client": client.index, "name": name, "until": None,
                                        "since": self.account["published"] if last is None else last})
        self.open[client.index] = client

    def leave(self, client, until):
        if self.open.pop(client.index, None):
            self.account["clients"][client.index]["until"] = until
            if client.held:
                self.plant("unsent", client, client.held)
            client.held = None

    def cut(self, client, until):
        """A TCP reset; the client hears nothing after this message."""
        self.leave(client, until)
        self.away_until = self.account["published"] + self.flags.away
        client.reset()

    def disconnect(self):
        for client in list(self.open.values()):
            self.cut(client, self.account["published"])
        return {}

    def publish(self, payload):
        self.account["published"] += 1
        message = Message(self.account["published"], payload)
        self.account["messages"].append(message.times)
        self.published.append(message)
        clients = list(self.open.values())
        self.account["expected"] += len(clients)
        for client in clients:
            self.deliver(client, message)
        return len(clients)

    def deliver(self, client, message):
        flags = self.flags
        client.heard += 1
        if flags.disconnect.falls_on(client):
            self.plant("disconnect", client, message)
            self.cut(client, message.number)
        elif flags.drop.falls_on(client):
            self.plant("drop", client, message)
        elif flags.corrupt.falls_on(client):
            self.plant("corrupt", client, message)
            self.send(client, message, corrupted(message.payload))
        elif flags.swap.falls_on(client) and not client.held:
            client.held = message
        else:
            self.send(client, message, message.payload)
            if flags.duplicate.falls_on(client):
                self.plant("duplicate", client, message)
                self.send(client, message, message.payload)
            if client.held:
                held, client.held = client.held, None
                self.plant("swap", client, held)
                self.send(client, held, held.payload)

    def send(self, client, message, payload):
        def now():
            if client.send_text(payload, message.number):
                self.account["sent"] += 1
                message.times[3] = time.monotonic_ns()
            else:
                self.plant("unsent", client, message)

        delay = self.flags.delay * client.index / 1000
        if delay > 0:
            asyncio.get_running_loop().call_later(delay, now)
        else:
            now()


def corrupted(payload):
    """The lowest bit of a plain character in the middle: another character, and still text."""
    at = len(payload) // 2
    while at > 0 and not 0x20 <= payload[at] < 0x7F:
        at -= 1
    return payload[:at] + bytes([payload[at] ^ 1]) + payload[at + 1:]


class Wire(asyncio.Protocol):
    """One connection: HTTP/1.1 until an upgrade, then a WebSocket whose frames are those of the library."""

    def __init__(self, broadcast):
        self.broadcast, self.unread, self.ws, self.path, self.index = broadcast, b"", None, "", None
        self.is_stream = False

    def connection_made(self, transport):
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, exc):
        if self.index is not None:
            self.broadcast.leave(self, self.broadcast.account["published"])

    def data_received(self, data):
        if self.ws:
            self.feed(data)
            return
        self.unread += data
        while b"\r\n\r\n" in self.unread and not self.ws:
            head, _, rest = self.unread.partition(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
            if "upgrade" in fields:
                self.begin(self.unread)
                return
            length = int(fields.get("content-length", 0))
            if len(rest) < length:
                return
            self.unread = rest[length:]
            if lines[0].split()[1].partition("?")[0] == "/stream":
                self.listen(lines[0].split()[1], fields)
                return
            self.answer(*self.respond(*lines[0].split()[:2], rest[:length]))

    def listen(self, target, fields):
        """Server-sent events until the connection closes: there is no other framing."""
        broadcast = self.broadcast
        if broadcast.account["published"] < broadcast.away_until:
            broadcast.account["refused"] += 1
            self.transport.write(REFUSED)
            self.transport.close()
            return
        self.is_stream = True
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        last = fields.get("last-event-id")
        if last is not None:
            broadcast.account["resumed"] += 1
            for message in broadcast.published[int(last):]:
                self.send_text(message.payload, message.number)
        named = urllib.parse.parse_qs(target.partition("?")[2]).get("client", [fields.get("x-client")])
        broadcast.enter(self, named[0], None if last is None else int(last))

    def respond(self, method, target, body):
        try:
            if (method, target) == ("POST", "/publish"):
                return "202 Accepted", {"subscribers": self.broadcast.publish(body)}
            if (method, target) == ("POST", "/disconnect"):
                return "200 OK", self.broadcast.disconnect()
            if (method, target) == ("GET", "/account"):
                return "200 OK", self.broadcast.account
        except (ValueError, KeyError) as wrong:
            return "422 Unprocessable Content", {"detail": str(wrong)}
        return "404 Not Found", {"detail": "POST /publish and /disconnect, GET /account, WebSocket at /events and /echo"}

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.transport.write(f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
                             .encode() + text)

    def begin(self, data):
        extensions = [ServerPerMessageDeflateFactory()] if self.broadcast.flags.deflate else None
        self.ws = ServerConnection(extensions=extensions, max_size=2**24)
        self.feed(data)

    def feed(self, data):
        self.ws.receive_data(data)
        for event in self.ws.events_received():
            if isinstance(event, Request):
                self.handshake(event)
            elif self.path == "/echo" and event.opcode in (Opcode.TEXT, Opcode.BINARY):
                (self.ws.send_text if event.opcode is Opcode.TEXT else self.ws.send_binary)(event.data, event.fin)
            elif self.path == "/echo" and event.opcode is Opcode.CONT:
                self.ws.send_continuation(event.data, event.fin)
        self.flush()

    def handshake(self, request):
        self.path = request.path.partition("?")[0]
        broadcast = self.broadcast
        if self.path == "/events" and broadcast.account["published"] < broadcast.away_until:
            broadcast.account["refused"] += 1
            self.transport.write(REFUSED)
            self.transport.close()
            return
        if self.path not in ("/events", "/echo"):
            self.ws.send_response(self.ws.reject(http.HTTPStatus.NOT_FOUND, "no such path\n"))
            return
        self.ws.send_response(self.ws.accept(request))
        self.flush()
        if self.path == "/events" and self.ws.state is State.OPEN:
            named = urllib.parse.parse_qs(request.path.partition("?")[2]).get("client", [request.headers.get("X-Client")])
            broadcast.enter(self, named[0])

    def flush(self):
        for data in self.ws.data_to_send():
            if data:
                self.transport.write(data)
            else:
                self.transport.write_eof()
        if self.ws.close_expected():
            self.transport.close()

    def send_text(self, payload, number):
        """Whether the client is still there to take it."""
        if self.is_stream and not self.transport.is_closing():
            self.transport.write(b"id: %d\ndata: %s\n\n" % (number, payload))
            return True
        if self.transport.is_closing() or self.is_stream or self.ws.state is not State.OPEN:
            return False
        self.ws.send_text(payload)
        self.flush()
        return True

    def reset(self):
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


async def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--deflate", action="store_true")
    for name in ("drop", "duplicate", "swap", "corrupt", "disconnect"):
        parser.add_argument(f"--{name}", type=Rule, default=Rule(""))
    parser.add_argument("--away", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0, help="milliseconds")
    broadcast = Broadcast(parser.parse_args())
    server = await asyncio.get_running_loop().create_server(lambda: Wire(broadcast), "127.0.0.1", broadcast.flags.port,
                                                            backlog=1024)
    print(f"listening on {server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
