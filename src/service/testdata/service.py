"""A small service for the tests of src/service: answers on a Unix socket, and misbehaves as asked.

service.py SOCKET PIDS [--answers 503,202,200] [--ignore-term] [--children N] [--daemon]

Writes the pid of every process it makes into the file PIDS, one a line.
"""

import argparse
import os
import signal
import socket
import sys
import time


def note(path):
    with open(path, "a", encoding="ascii") as file:
        file.write(f"{os.getpid()}\n")


def start_child(arguments):
    """A child in a session of its own, as far from its parent as it can get, that does not mind SIGTERM."""
    if os.fork() > 0:
        return
    os.setsid()
    if os.fork() > 0:
        os._exit(0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    note(arguments.pids)
    while True:
        time.sleep(60)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("socket")
    parser.add_argument("pids")
    parser.add_argument("--answers", default="200")
    parser.add_argument("--ignore-term", action="store_true")
    parser.add_argument("--children", type=int, default=0)
    parser.add_argument("--daemon", action="store_true")
    arguments = parser.parse_args()
    if arguments.daemon:
        if os.fork() > 0:
            os._exit(0)
        os.setsid()
        if os.fork() > 0:
            os._exit(0)
    if arguments.ignore_term:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    note(arguments.pids)
    for _ in range(arguments.children):
        start_child(arguments)
    while arguments.children:
        with open(arguments.pids, encoding="ascii") as file:
            if len(file.readlines()) == arguments.children + 1:
                break
        time.sleep(0.01)
    print("listening", flush=True)
    server = socket.socket(socket.AF_UNIX)
    server.bind(arguments.socket)
    server.listen()
    answers = arguments.answers.split(",")
    while True:
        connection, _ = server.accept()
        if not connection.recv(65536):
            continue
        status = answers.pop(0) if len(answers) > 1 else answers[0]
        print("answered", status, flush=True)
        connection.sendall(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        connection.close()


sys.exit(main())
