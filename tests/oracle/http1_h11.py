#!/usr/bin/python3
"""Our HTTP/1.1 codec against h11: the same bytes must mean the same to both.

    http1_h11.py PROGRAM TESTDATA [MUTATIONS] [SEED]

PROGRAM is http1_events. Every transcript of TESTDATA is compared, and that many seeded mutations of them. Where the two
may differ is listed in LENIENCIES and STRICTNESS with the reason; a difference that none of them explains is a failure,
and so is one of them that explains nothing any more.
"""
import collections
import itertools
import random
import re
import subprocess
import sys

import h11
import transcripts

MAX_BYTES = 4000  # longer transcripts are about our own limits

Answer = collections.namedtuple("Answer", "text error")


def ask_h11(steps):
    conn = h11.Connection(h11.CLIENT, max_incomplete_event_size=64 * 1024)
    out, body, error = [], [], None
    state = {"failed": False, "in_flight": False, "method": "GET", "junk": False}

    def end_body():
        if body:
            out.append("body:" + b"".join(body).hex())
            body.clear()

    def fail(why, problem):
        nonlocal error
        error = str(problem)
        if state["in_flight"]:
            end_body()
            out.append("failed:" + why)
        state.update(failed=True, in_flight=False)

    def events(why):
        while not state["failed"]:
            try:
                event = conn.next_event()
            except h11.RemoteProtocolError as problem:
                if state["in_flight"]:
                    fail(why, problem)
                state["failed"] = True
                return
            if event is h11.NEED_DATA or type(event) is h11.ConnectionClosed:
                return
            if event is h11.PAUSED:
                if conn.trailing_data[0] and not state["junk"]:
                    state["junk"] = True
                    out.append("unsolicited")
                return
            if type(event) is h11.Response:
                out.append(f"head:{event.status_code}")
            elif type(event) is h11.Data:
                body.append(bytes(event.data))
            elif type(event) is h11.EndOfMessage:
                end_body()
                out.append("done")
                state["in_flight"] = False

    for step in steps:
        if (state["failed"] or state["junk"]) and step[0] == "request":
            out.append("no-room")
            return Answer(" ".join(out), error)
        if step[0] == "request":
            end_body()
            try:
                if conn.our_state is h11.DONE:
                    conn.start_next_cycle()
                headers = [("Host", "h")] + ([("Connection", "close")] if step[2] else [])
                conn.send(h11.Request(method=step[1], target="/", headers=headers))
                conn.send(h11.EndOfMessage())
            except h11.LocalProtocolError:
                return Answer(" ".join(out + ["no-room"]), error)
            state["in_flight"] = True
        elif step[0] == "receive":
            if step[1] and not state["failed"]:
                conn.receive_data(step[1])
                events("protocol")
        else:
            if not state["failed"]:
                try:
                    conn.receive_data(b"")
                except RuntimeError:
                    pass
                events("closed")
                state["failed"] = True
    end_body()
    reusable = (
        not state["failed"]
        and not state["junk"]
        and conn.their_state in (h11.DONE, h11.SEND_RESPONSE, h11.SEND_BODY, h11.IDLE)
        and conn.our_state is h11.DONE
        and not (conn.their_state is h11.SEND_BODY and until_close(conn))
        and not (conn.their_state is h11.SEND_BODY and not conn._cstate.keep_alive)
    )
    return Answer(" ".join(out + [f"reusable:{int(reusable)}"]), error)


def until_close(conn):
    return type(conn._reader).__name__ == "Http10Reader"


def line_of(steps):
    words = []
    for step in steps:
        if step[0] == "request":
            words += ["Q" if step[2] else "q", step[1]]
        elif step[0] == "receive":
            if step[1]:
                words += ["r", step[1].hex()]
        else:
            words.append("e")
    return " ".join(words)


def ask_ours(program, cases):
    text = "\n".join(line_of(steps) for steps in cases) + "\n"
    done = subprocess.run([program], input=text, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


# Where we accept more than h11: bytes that it does not take, and what they mean, said in a way that it takes. Our answer
# to the first must be its answer to the second.
Leniency = collections.namedtuple("Leniency", "name why rewrite")


def status_lines(data):
    return re.sub(rb"(HTTP/1\.\d \d\d\d) [^\n]*\n", rb"\1 OK\r\n", data)


def bare_newlines(data):
    data = re.sub(rb"(?<=\n)([0-9a-fA-F]+(?:[ \t;][^\r\n]*)?)\n", rb"\1\r\n", data)
    return re.sub(rb"(?<=\n)(0+\r\n)((?:[^\r\n][^\n]*\n)*)\r?\n", rb"\1\2\r\n", data)


def size_lines(data):
    return re.sub(rb"(?<=\n)([0-9a-fA-F]+)[ \t;][^\r\n]*\r?\n", rb"\1\r\n", data)


def trailers(data):
    return re.sub(rb"(\r\n0+\r\n)[\s\S]*?\r\n\r\n", rb"\1\r\n", data)




HEAD = re.compile(rb"HTTP/1\.[^\n]*\n(?:[^\r\n][^\n]*\n)*\r?\n")


def in_heads(rewrite):
    return lambda data: HEAD.sub(lambda match: rewrite(match[0]), data)


def without(head, *names):
    return re.sub(rb"(?im)^(?:" + b"|".join(names) + rb"):[^\n]*\n", b"", head)


def with_field(head, field):
    return re.sub(rb"\A([^\n]*\n)", rb"\1" + field + b"\r\n", head)


@in_heads
def values(head):
    return re.sub(rb"[\x0b\x0c]", b"x", head)


@in_heads
def codings(head):
    values = re.findall(rb"(?im)^transfer-encoding:([^\r\n]*)", head)
    found = [coding.strip(b" \t").lower() for coding in b",".join(values).split(b",") if coding.strip(b" \t")]
    if b"chunked" in found[:-1] or not values:
        return head
    if found and found[-1] == b"chunked":
        return with_field(without(head, b"transfer-encoding"), b"Transfer-Encoding: chunked")
    return without(head, b"transfer-encoding", b"content-length")


def keep_alive(data):
    if re.search(rb"(?i)transfer-encoding", data):
        return data
    return re.sub(rb"HTTP/1\.0(?= [^\n]*\n(?:[^\n]+\n)*?(?i:connection:[^\r\n]*keep-alive))", b"HTTP/1.1", data)


@in_heads
def both_lengths(head):
    if not (re.search(rb"(?im)^content-length:", head) and re.search(rb"(?im)^transfer-encoding:", head)):
        return head
    return with_field(without(head, b"content-length"), b"Connection: close")


def lists_of_lengths(data):
    return re.sub(rb"(?i)(content-length:)[ \t,]*(\d+)[ \t,]*(?=\r?\n)", rb"\1 \2", data)


LENIENCIES = [
    Leniency("reason phrases", "nobody reads them, so whatever is in them harms nobody", status_lines),
    Leniency("bare LF after sizes and trailers", "they are lines, and RFC 9112 section 2.2 allows it for lines", bare_newlines),
    Leniency("after a chunk's size", "we skip what follows a blank there, as we skip extensions", size_lines),
    Leniency("trailers", "we skip them unread", trailers),
    Leniency("form feed in values", "only NUL and CR are refused by RFC 9110 section 5.5", values),
    Leniency("other codings", "RFC 9112 section 6.3: before chunked, or until the connection closes", codings),
    Leniency("keep-alive in HTTP/1.0", "RFC 9112 section 9.3; h11 closes always", keep_alive),
    Leniency("both framings", "RFC 9112 section 6.1: close afterwards; h11 does not", both_lengths),
    Leniency("empty elements in lengths", "RFC 9110 section 5.6.1.2", lists_of_lengths),
]

# Where we accept less: known by the bytes. Both must have said the same until then.
Strictness = collections.namedtuple("Strictness", "name why is_so")
Case = collections.namedtuple("Case", "steps data ours theirs error")


def refused_at(case):
    """What we said before we refused, or nothing where we did not."""
    before, found, _ = case.ours.partition("failed:protocol")
    return before if found else None


def h11_waits(case):
    """Both have said the same, then we refused, and h11 waits for more."""
    before = refused_at(case)
    if before is None or not case.theirs.startswith(before):
        return False
    return case.theirs[len(before) :] in ("reusable:0", "reusable:1", "failed:closed reusable:0", "no-room")


def refused_early(case):
    """h11 looks at a head or a trailer section once it is complete: with an empty line put there, it refuses too."""
    if not h11_waits(case):
        return False
    for i, step in enumerate(case.steps):
        if step[0] == "receive":
            whole_lines = step[1][: step[1].rfind(b"\n") + 1]
            completed = list(case.steps[:i]) + [("receive", whole_lines + b"\r\n")]
            if ask_h11(completed).text.startswith(refused_at(case) + "failed:protocol"):
                return True
    return False


def refused_first_bytes(case):
    if not h11_waits(case):
        return False
    begun = max((s[1] for s in case.steps if s[0] == "receive"), key=len).rpartition(b"\r\n\r\n")[2]
    return not begun.startswith(b"HTTP/"[: len(begun)])


def not_asked(case):
    return case.steps[0][0] != "request" and case.ours.startswith("unsolicited reusable:0")


STRICTNESS = [
    Strictness("refused at the first bytes", "what does not begin with HTTP/ never will", refused_first_bytes),
    Strictness("refused at the first bad line", "why wait for the rest", refused_early),
    Strictness(
        "folded framing",
        "RFC 9112 section 5.2 allows it, but no two readers need agree on it",
        lambda c: refused_at(c) is not None
        and re.search(rb"(?i)\n(content-length|transfer-encoding|connection):[^\n]*\n[ \t]", c.data) is not None,
    ),
    Strictness(
        "another major version",
        "RFC 9112 section 2.3: not the protocol that was spoken",
        lambda c: refused_at(c) is not None and re.search(rb"(?<!\d)HTTP/[^1]\.\d ", c.data) is not None,
    ),
    Strictness(
        "CR within a chunk's size line",
        "RFC 9112 section 2.2",
        lambda c: refused_at(c) is not None and re.search(rb"\n[0-9a-fA-F]+;[^\n]*\r[^\n]", c.data) is not None,
    ),
    Strictness(
        "lengths beyond 18 digits",
        "no such answer exists",
        lambda c: refused_at(c) is not None and re.search(rb"(?i)content-length:[ \t]*\d{19}", c.data) is not None,
    ),
    Strictness(
        "sizes of chunks beyond 15 digits",
        "no such chunk exists",
        lambda c: refused_at(c) is not None and re.search(rb"\n[0-9a-fA-F]{16}", c.data) is not None,
    ),
    Strictness("bytes before any request", "h11 reads an answer that was not asked for, we refuse it", not_asked),
]


def rewritten(case, *leniencies):
    steps = case.steps
    for leniency in leniencies:
        steps = [(s[0], leniency.rewrite(s[1])) if s[0] == "receive" else s for s in steps]
    theirs, error = ask_h11(steps)
    data = b"".join(s[1] for s in steps if s[0] == "receive")
    return Case(steps, data, case.ours, theirs, error)


def explain(case):
    """The name of what explains that the two differ, or nothing."""
    for strictness in STRICTNESS:
        if strictness.is_so(case):
            return strictness.name
    for leniency in LENIENCIES:
        other = rewritten(case, leniency)
        if other.theirs == case.ours:
            return leniency.name
    for pair in itertools.combinations(LENIENCIES, 2):
        if rewritten(case, *pair).theirs == case.ours:
            return "two of these"
    for leniency in LENIENCIES:
        other = rewritten(case, leniency)
        if other.data != case.data and any(strictness.is_so(other) for strictness in STRICTNESS):
            return "two of these"
    return None


TOKENS = [
    b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b",", b";", b"0", b"1", b"5", b"a", b"ff", b"-1", b"\xff", b"\r\n\r\n", b"\x0c",
    b"HTTP/1.1 ", b"HTTP/1.0 ", b"100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 204 No\r\n\r\n",
    b"Content-Length: 3\r\n", b"Content-Length: 0\r\n", b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n",
    b"Connection: keep-alive\r\n", b"Transfer-Encoding: gzip\r\n", b"0\r\n\r\n", b"3\r\nabc\r\n", b"\r\n folded",
]  # fmt: skip


def mutate(rng, steps):
    steps = list(steps)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        at = [i for i, s in enumerate(steps) if s[0] == "receive"]
        if not at:
            break
        i = rng.choice(at)
        data = bytearray(steps[i][1])
        pos = rng.randrange(len(data) + 1)
        kind = rng.randrange(6)
        if kind == 0:
            data[pos:pos] = rng.choice(TOKENS)
        elif kind == 1:
            del data[pos : pos + rng.choice((1, 1, 2, 4))]
        elif kind == 2 and pos < len(data):
            data[pos] = rng.choice((data[pos] ^ (1 << rng.randrange(8)), rng.randrange(256), ord("0")))
        elif kind == 3:
            # A line again, or gone.
            lines = bytes(data).split(b"\r\n")
            j = rng.randrange(len(lines))
            lines[j : j + 1] = rng.choice(([], [lines[j], lines[j]]))
            data = bytearray(b"\r\n".join(lines))
        elif kind == 4:
            del data[pos:]
        elif kind == 5:
            # A field at the end of the head.
            end = bytes(data).find(b"\r\n\r\n")
            if end >= 0:
                data[end + 2 : end + 2] = rng.choice([t for t in TOKENS if t.endswith(b"\r\n") and b": " in t])
        steps[i] = ("receive", bytes(data))
    if rng.random() < 0.4 and steps[-1][0] != "eof":
        steps.append(("eof",))
    return steps


def main(program, testdata, mutations="5000", seed="1"):
    known = transcripts.read_folder(testdata)
    base = {n: s for n, s in known.items() if sum(len(x[1]) for x in s if x[0] == "receive") <= MAX_BYTES}
    cases = [(name, steps) for name, steps in base.items()]
    rng = random.Random(int(seed))
    names = sorted(base)
    for number in range(int(mutations)):
        name = rng.choice(names)
        cases.append((f"{name}, mutation {number}", mutate(rng, base[name])))

    answers = ask_ours(program, [steps for _, steps in cases])
    assert len(answers) == len(cases), "the program did not answer every case"
    used = collections.Counter()
    unexplained = 0
    for (name, steps), ours in zip(cases, answers):
        theirs, error = ask_h11(steps)
        if ours == theirs:
            used["the same"] += 1
            continue
        data = b"".join(s[1] for s in steps if s[0] == "receive")
        explanation = explain(Case(steps, data, ours, theirs, error))
        if explanation:
            used[explanation] += 1
        else:
            unexplained += 1
            if unexplained <= 40:
                print(f"{name}\n  steps  {steps}\n  ours   {ours}\n  h11    {theirs}\n  said   {error}")
    for what, times in used.most_common():
        print(f"{times:6} {what}")
    idle = [x.name for x in LENIENCIES + STRICTNESS if used[x.name] == 0]
    if idle:
        print("explain nothing any more:", ", ".join(idle))
    print(f"{len(cases)} cases, {unexplained} unexplained differences")
    return 1 if unexplained or idle else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
