#!/usr/bin/python3
"""Our HTTP/2 codec against python3-h2: a server of h2's says things at random, and what its own client and ours make of
the same bytes must be the same for every stream.

    http2_h2.py PROGRAM [CASES] [SEED]

PROGRAM is http2_events. Only what a sound server may say is said; the pieces it comes in are cut at random.
"""
import collections
import random
import subprocess
import sys

import h2.config
import h2.connection
import h2.events
import h2.exceptions

MOST_STREAMS = 8


class Case:
    """One conversation: steps for our program, and what h2's client understood."""

    def __init__(self, rng):
        self.rng = rng
        self.steps = []
        self.said = collections.defaultdict(list)  # by stream
        self.bodies = collections.defaultdict(bytes)
        self.methods = {}
        self.client = h2.connection.H2Connection()
        self.client.initiate_connection()
        self.server = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        self.server.initiate_connection()
        self.goaway = False
        self.pass_on()
        self.streams = rng.randint(1, MOST_STREAMS)
        self.heads, self.open = set(), set()
        for i in range(self.streams):
            method = rng.choice(["GET", "GET", "HEAD"])
            stream = 2 * i + 1
            self.methods[stream] = method
            self.client.send_headers(stream, [(":method", method), (":scheme", "http"), (":authority", "h"), (":path", "/")],
                                     end_stream=True)
            self.steps.append(("q", method))
            self.open.add(stream)
        self.pass_on()
        for _ in range(rng.randint(1, 30)):
            if self.open or rng.random() < 0.2:
                self.say()
        if rng.random() < 0.3 or self.goaway:
            self.end()

    def pass_on(self):
        """What each has to say goes to the other; to the client in pieces, which our program gets too."""
        for _ in range(4):
            self.server.receive_data(self.client.data_to_send())
            data = self.server.data_to_send()
            while data:
                size = self.rng.choice([len(data), self.rng.randint(1, len(data)), self.rng.randint(1, min(9, len(data)))])
                piece, data = data[:size], data[size:]
                self.steps.append(("r", piece.hex()))
                for event in self.client.receive_data(piece):
                    self.hear(event)

    def hear(self, event):
        if isinstance(event, h2.events.ResponseReceived):
            self.said[event.stream_id].append("head:" + dict(event.headers)[b":status"].decode())
        elif isinstance(event, h2.events.DataReceived):
            self.bodies[event.stream_id] += event.data
        elif isinstance(event, h2.events.StreamEnded):
            self.end_body(event.stream_id)
            self.said[event.stream_id].append("done")
        elif isinstance(event, h2.events.StreamReset):
            self.end_body(event.stream_id)
            self.said[event.stream_id].append("failed:reset")

    def end_body(self, stream):
        if self.bodies[stream]:
            self.said[stream].append("body:" + self.bodies.pop(stream).hex())

    def say(self):
        rng = self.rng
        what = rng.random()
        if what < 0.05:
            self.server.ping(b"12345678")
        elif what < 0.1:
            self.server.update_settings({rng.choice([1, 3, 4, 5, 6]): rng.randint(16384, 100000)})
        elif what < 0.12 and not self.goaway:
            self.go_away()
        elif self.open:
            self.say_on(rng.choice(sorted(self.open)))
        self.pass_on()

    def say_on(self, stream):
        rng = self.rng
        what = rng.random()
        if what < 0.08:
            self.server.reset_stream(stream, rng.choice([0, 1, 2, 7, 8, 11, 77]))
            self.open.discard(stream)
        elif stream not in self.heads:
            if what < 0.2:
                self.server.send_headers(stream, [(":status", rng.choice(["100", "103"]))])
                return
            fields = [(":status", rng.choice(["200", "204", "301", "304", "404", "500", "999"])), ("server", "h2")]
            fields += [(f"x-{n}", "v" * rng.randint(0, 300)) for n in range(rng.randint(0, 6))]
            ends = self.methods[stream] == "HEAD" or fields[0][1] in ("204", "304") or rng.random() < 0.3
            self.server.send_headers(stream, fields, end_stream=ends)
            self.heads.add(stream)
            if ends:
                self.open.discard(stream)
        elif what < 0.3:
            self.server.send_headers(stream, [("x-trailer", "t")], end_stream=True)
            self.open.discard(stream)
        else:
            ends = rng.random() < 0.4
            size = rng.choice([0, 1, rng.randint(0, 200), rng.randint(0, 3000)])
            self.server.send_data(stream, rng.randbytes(size), end_stream=ends, pad_length=rng.choice([None, None, 5]))
            if ends:
                self.open.discard(stream)

    def go_away(self):
        """h2's server says nothing more after it, so the frame is made here, and h2's client is not asked."""
        last = self.rng.choice([0, *range(1, 2 * self.streams, 2)])
        code = self.rng.choice([0, 0, 2, 11])
        frame = b"\0\0\x08\x07\0\0\0\0\0" + last.to_bytes(4, "big") + code.to_bytes(4, "big")
        self.steps.append(("r", frame.hex()))
        for stream in [s for s in self.said.keys() | self.open if s > last]:
            if stream in self.open:
                self.end_body(stream)
                self.said[stream].append("failed:untouched")
                self.open.discard(stream)
        self.goaway = True

    def end(self):
        self.steps.append(("e",))
        for stream in sorted(self.open):
            self.end_body(stream)
            self.said[stream].append("failed:closed")
        self.ended = True

    def expected(self):
        out = ""
        for i in range(self.streams):
            self.end_body(2 * i + 1)
            out += " ".join([str(i), *self.said[2 * i + 1]]) + " "
        return out + f"reusable:{int(not self.goaway and not getattr(self, 'ended', False))}"

    def line(self):
        return " ".join(" ".join(step) for step in self.steps)


def main(program, count="1000", seed="1"):
    rng = random.Random(int(seed))
    cases = [Case(rng) for _ in range(int(count))]
    text = "\n".join(case.line() for case in cases) + "\n"
    ours = subprocess.run([program], input=text, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(ours) == len(cases), (len(ours), len(cases))
    wrong = 0
    words = collections.Counter()
    for case, mine in zip(cases, ours):
        theirs = case.expected()
        words.update(word.partition(":")[0] + ":" + word.partition(":")[2][:9] if word.startswith("failed") else
                     word.partition(":")[0] for word in theirs.split() if not word.isdigit())
        if mine != theirs:
            wrong += 1
            if wrong <= 5:
                print("case:", case.line()[:2000], "\n  ours:", mine, "\n  h2:  ", theirs)
    print(f"{len(cases)} cases, {wrong} differences;", dict(words))
    # A comparison of nothing would agree.
    few = [word for word in ("head", "body", "done", "failed:reset", "failed:untouched", "failed:closed") if words[word] < 20]
    if few:
        print("hardly any:", few)
    return 1 if wrong or few else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
