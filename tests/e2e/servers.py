"""Small servers whose every byte a test decides, and which remember what they were sent."""

import contextlib
import os
import socket
import threading
from dataclasses import dataclass, field


@dataclass
class Request:
    method: str
    target: str
    headers: dict  # names in lower case
    body: bytes
    peer: tuple
    connection: int  # from 1, in the order in which they were accepted


@dataclass
class Server:
    """`answer(request)` gives the bytes to send, or (bytes, close)."""

    answer: object
    listener: socket.socket
    requests: list = field(default_factory=list)
    connections: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def port(self):
        return self.listener.getsockname()[1]

    @property
    def url(self):
        host = self.listener.getsockname()[0]
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def serve(self):
        while True:
            try:
                connection, peer = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
                number = self.connections
            threading.Thread(target=self._converse, args=(connection, peer, number), daemon=True).start()

    def _converse(self, connection, peer, number):
        with connection, contextlib.suppress(OSError):
            data = b""
            while True:
                while b"\r\n\r\n" not in data:
                    more = connection.recv(65536)
                    if not more:
                        return
                    data += more
                head, _, data = data.partition(b"\r\n\r\n")
                first, *lines = head.decode("latin-1").split("\r\n")
                method, target, _ = first.split(" ")
                headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines)}
                length = int(headers.get("content-length", 0))
                while len(data) < length:
                    data += connection.recv(65536)
                body, data = data[:length], data[length:]
                request = Request(method, target, headers, body, peer, number)
                with self.lock:
                    self.requests.append(request)
                answer = self.answer(request)
                answer, close = answer if isinstance(answer, tuple) else (answer, False)
                connection.sendall(answer)
                if close or headers.get("connection", "").lower() == "close":
                    return


@contextlib.contextmanager
def serving(answer, address=("127.0.0.1", 0), family=socket.AF_INET, kind=Server):
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(address)
    listener.listen(1024)
    server = kind(answer, listener)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        if family == socket.AF_UNIX:
            os.unlink(address)


def plain(body=b"ok", status="200 OK", headers=()):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body
