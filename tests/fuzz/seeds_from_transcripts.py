#!/usr/bin/python3
"""Writes a seed for the fuzzer of codec or session for each transcript that is not too long: seeds_from_transcripts.py TESTDATA CORPUS"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "oracle"))
import transcripts

MAX_BYTES = 2000
NEXT_EXCHANGE = b"\xff\xff"


def seed(steps):
    first = steps[0]
    options = 2
    data = b""
    if first[0] == "request":
        options |= (first[1] == "HEAD") | first[2] << 2
        steps = steps[1:]
    else:
        options |= 16
    for step in steps:
        if step[0] == "request":
            data += NEXT_EXCHANGE
        elif step[0] == "receive":
            data += step[1]
        else:
            options |= 8
    return bytes([options, 3, 5, 0, 17]) + data


def session_seed(steps):
    """The first step is the connection; its answer, if it is one of ours, is left to the fuzzer."""
    words = steps[0][1]
    options = ("deflate" in words) | ("client-no-takeover" in words) << 1 | ("server-no-takeover" in words) << 2
    options |= any(word.startswith("protocol=") for word in words) << 5
    options |= any(word.startswith("limit=") for word in words) << 6
    data = b"".join(step[1] for step in steps if step[0] == "receive")
    end = data.find(b"\r\n\r\n") + 4
    answer = data[: end] if end > 3 else data
    if b"server_no_context_takeover" in answer:
        options |= 4
    if answer.startswith(transcripts.ACCEPTS) and b"_bits" not in answer and b"Protocol:" not in answer:
        data = data[end:]
    else:
        options |= 16
    options |= any(step[0] == "eof" for step in steps) << 3
    options |= any(step == ("send", b"close 1000") for step in steps) << 7
    return bytes([options, 3, 5, 0, 17]) + data


def main(testdata, corpus):
    folder = pathlib.Path(corpus)
    folder.mkdir(parents=True, exist_ok=True)
    for name, steps in transcripts.read_folder(testdata).items():
        data = session_seed(steps) if steps[0][0] == "connect" else seed(steps)
        if len(data) <= MAX_BYTES:
            (folder / name).write_bytes(data)


if __name__ == "__main__":
    main(*sys.argv[1:])
