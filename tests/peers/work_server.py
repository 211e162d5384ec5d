#!/usr/bin/python3
"""An HTTP server in Python, a thread for each connection, that has work to do: work_server.py WORK [REDIS_PORT]. Prints its
port. WORK:

    compute   a loop, in threads that cannot run at the same time (the interpreter's lock)
    sync      a file is written and synced
    pool      one of four connections to redis, each kept for 5 ms
    ask       redis is asked for something that costs it time, over a connection of each thread
    publish   redis publishes 4 KiB
    wait      20 ms of sleep
"""

import http.server
import os
import queue
import socket
import sys
import tempfile
import threading
import time

own = threading.local()
QUEUED = 4096


class Redis:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.answers = self.socket.makefile("rb")

    def ask(self, *words):
        self.socket.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
        answer = self.answers.readline()
        if not answer.startswith(b":"):
            raise ConnectionError(answer)


BUSY = b"local x = 0; for i = 1, 20000 do x = x + i % 7 end; return 1"


def connected(port):
    if not hasattr(own, "redis"):
        own.redis = Redis(port)
    return own.redis


def worker(what, port):
    if what == "compute":
        return lambda: sum(i % 7 for i in range(10_000))
    if what == "sync":
        file, block = tempfile.TemporaryFile(dir=os.getcwd()), b"x" * (4 << 20)
        return lambda: (os.pwrite(file.fileno(), block, 0), os.fsync(file.fileno()))
    if what == "pool":
        pool = queue.Queue()
        for _ in range(4):
            pool.put(Redis(port))

        def with_one():
            redis = pool.get()
            redis.ask(b"INCR", b"requests")
            time.sleep(0.005)
            pool.put(redis)
        return with_one
    if what == "ask":
        return lambda: connected(port).ask(b"EVAL", BUSY, b"0")
    if what == "publish":
        return lambda: (time.sleep(0.005), connected(port).ask(b"PUBLISH", b"news", b"x" * 4096))
    return lambda: time.sleep(0.02)


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = QUEUED


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # an answer is one write

    def do_GET(self):
        work()
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


work = worker(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0)
server = Server(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
