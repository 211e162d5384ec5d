"""Reads the transcripts of src/protocol/*/testdata, for the oracles and for making fuzzing seeds of them."""
import pathlib
import re

INPUTS = ("request", "receive", "repeat", "answer", "connect", "send", "eof")
ACCEPTS = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|(.))")
_PLAIN = {"r": 13, "n": 10, "t": 9, "0": 0, "\\": 92}


def unescape(text):
    def one(match):
        return chr(int(match[1], 16) if match[1] else _PLAIN[match[2]])

    return _ESCAPE.sub(one, text).encode("latin-1")


def read(path):
    """Returns what is given on the connection: ("request", method, closes), ("receive", bytes), ("eof",); of a WebSocket
    session ("connect", [option]), ("send", text) instead of requests."""
    steps = []

    def receive(data, joins):
        if joins and steps and steps[-1][0] == "receive":
            steps[-1] = ("receive", steps[-1][1] + data)
        else:
            steps.append(("receive", data))

    after_input = False
    for line in pathlib.Path(path).read_text().split("\n"):
        word, _, rest = line.partition(" ")
        if word == "request":
            method, _, option = rest.partition(" ")
            steps.append(("request", method, option == "close"))
        elif word == "receive":
            receive(unescape(rest), after_input)
        elif word == "repeat":
            times, _, text = rest.partition(" ")
            receive(unescape(text) * int(times), after_input)
        elif word == "answer":
            receive(ACCEPTS + unescape(rest) + b"\r\n", after_input)
        elif word == "connect":
            steps.append(("connect", rest.split()))
        elif word == "send":
            steps.append(("send", unescape(rest)))
        elif word == "eof":
            steps.append(("eof",))
        after_input = word in INPUTS
    return steps


def read_folder(folder):
    """All transcripts of a folder by name, in order."""
    return {path.stem: read(path) for path in sorted(pathlib.Path(folder).glob("*.transcript"))}
