#!/usr/bin/python3
"""Writes seeds for the fuzzer of HTTP/2's codec, from python3-h2 as the server: http2_seeds.py CORPUS"""
import pathlib
import sys

import h2.config
import h2.connection

START, CANCEL = b"\xff\xff", b"\xff\xfe"


def server(streams, post=False):
    """A server that has seen so many requests, and its greeting."""
    client = h2.connection.H2Connection()
    client.initiate_connection()
    there = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    there.initiate_connection()
    greeting = there.data_to_send()
    for i in range(streams):
        client.send_headers(2 * i + 1, [(":method", "POST" if post else "GET"), (":scheme", "http"), (":authority", "h"),
                                        (":path", "/")], end_stream=True)
    there.receive_data(client.data_to_send())
    return there, greeting + there.data_to_send()


def answer(there, stream, body=b"hello", status="200", trailers=None, length=None):
    fields = [(":status", status), ("server", "seed")] + ([("content-length", str(length))] if length is not None else [])
    there.send_headers(stream, fields, end_stream=not body and not trailers)
    if body:
        there.send_data(stream, body, end_stream=not trailers)
    if trailers:
        there.send_headers(stream, trailers, end_stream=True)
    return there.data_to_send()


def seeds():
    there, hello = server(3)
    yield "three_answers", 2 | 8, 0, hello + START * 3 + answer(there, 5) + answer(there, 1, b"") + answer(there, 3)
    there, hello = server(1)
    yield "cut", 8, 1, hello + START + answer(there, 1, length=5)
    there, hello = server(1)
    yield "wrong_length", 8, 5, hello + START + answer(there, 1, b"too long", length=5)
    there, hello = server(1)
    there.send_headers(1, [(":status", "103")])
    yield "interim_and_trailers", 8, 0, hello + START + answer(there, 1, trailers=[("grpc-status", "0")])
    there, hello = server(2)
    there.reset_stream(1, 7)
    yield "refused", 1, 3, hello + START * 2 + there.data_to_send() + answer(there, 3)
    there, hello = server(3)
    there.close_connection(0, None, 1)
    yield "goaway", 2 | 16, 0, hello + START * 3 + there.data_to_send()
    there, hello = server(2)
    yield "cancelled", 1, 0, hello + START * 2 + CANCEL + answer(there, 1) + START + answer(there, 3)
    there, hello = server(1)
    there.ping(b"12345678")
    yield "ping", 32, 0, START + there.data_to_send()
    there, hello = server(1)
    there.update_settings({3: 1, 4: 100})
    yield "settings", 7 | 64, 0, hello + START + there.data_to_send() + START
    there, hello = server(1, True)
    yield "early_answer", 8 | 64, 0, hello + START + answer(there, 1, status="413")
    yield "http1", 16, 2, b"HTTP/1.1 400 Bad Request\r\n\r\n"
    yield "closed_at_once", 16, 0, b""
    yield "push", 32, 0, START + b"\0\0\5\5\4\0\0\0\1\0\0\0\2\x82"
    yield "window_by_nothing", 32 | 16, 0, START + b"\0\0\4\x08\0\0\0\0\0\0\0\0\0"


def main(corpus):
    for name, options, piece, data in seeds():
        (pathlib.Path(corpus) / name).write_bytes(bytes([options, piece]) + data)


if __name__ == "__main__":
    main(*sys.argv[1:])
