#!/usr/bin/python3
"""Writes a seed for the codec's fuzzer for each transcript that is not too long: seeds_from_transcripts.py TESTDATA CORPUS"""
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


def main(testdata, corpus):
    folder = pathlib.Path(corpus)
    folder.mkdir(parents=True, exist_ok=True)
    for name, steps in transcripts.read_folder(testdata).items():
        data = seed(steps)
        if len(data) <= MAX_BYTES:
            (folder / name).write_bytes(data)


if __name__ == "__main__":
    main(*sys.argv[1:])
