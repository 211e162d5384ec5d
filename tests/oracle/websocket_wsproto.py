#!/usr/bin/python3
"""Our WebSocket session against wsproto: the same bytes must mean the same to both.

    websocket_wsproto.py PROGRAM TESTDATA [CASES] [SEED]

PROGRAM is websocket_events. The handshakes are with wsproto as the server. Then streams of frames of a server are
compared, as wsproto reads them and as we do: those of the transcripts of TESTDATA, random ones, and random damage to
both; and what we send is read by wsproto. Where the two may differ is listed in EXPLANATIONS with the reason; a
difference that none of them explains is a failure, and so is one of them that explains nothing any more.
"""
import collections
import random
import struct
import subprocess
import sys
import zlib

import transcripts
import wsproto
from wsproto.events import AcceptConnection, BytesMessage, Ping, Request, TextMessage
from wsproto.extensions import PerMessageDeflate
from wsproto.frame_protocol import CloseReason, FrameDecoder, FrameProtocol, Opcode, ParseFailed, RsvBits

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
MAX_BYTES = 4000  # longer transcripts are about our own limits
DEFLATE, CLIENT_ALONE, SERVER_ALONE = 1, 2, 4  # the options of a case

Reading = collections.namedtuple("Reading", "words failed error")  # failed: a close code, or None


def run(program, lines):
    done = subprocess.run([program], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
    answers = done.stdout.splitlines()
    assert len(answers) == len(lines), "the program did not answer every case"
    return answers


def hexed(data):
    return bytes(data).hex()


# --- handshakes


def shake(request, options):
    """Gives our request to wsproto; returns its answer and its side of the connection."""
    server = wsproto.WSConnection(wsproto.ConnectionType.SERVER)
    server.receive_data(request)
    event = next(server.events())
    assert type(event) is Request, event
    assert event.target == "/chat" and event.host == "localhost" and event.subprotocols == ["chat", "other"], event
    assert bool(event.extensions) == bool(options & DEFLATE), event
    # Newly made with what is asked for, since wsproto grants no more than it was told to.
    extensions = []
    if options & DEFLATE:
        extensions.append(PerMessageDeflate(bool(options & CLIENT_ALONE), None, bool(options & SERVER_ALONE), None))
    answer = server.send(AcceptConnection(subprotocol="other", extensions=extensions))
    return answer, server


def answers_by_options(program):
    """For each set of options, wsproto's answer to our request."""
    choices = [0] + [DEFLATE | a | b for a in (0, CLIENT_ALONE) for b in (0, SERVER_ALONE)]
    found = {}
    for options, answer in zip(choices, run(program, [f"c {options}" for options in choices])):
        request = bytes.fromhex(answer.split()[0].removeprefix("request:"))
        found[options] = (request, shake(request, options)[0])
    return found


# --- reading frames


class MendedDeflate(PerMessageDeflate):
    """wsproto forgets that a message is compressed when a control frame comes between its fragments; this one does not."""

    def frame_inbound_header(self, proto, opcode, rsv, payload_length):
        if not opcode.iscontrol():
            return super().frame_inbound_header(proto, opcode, rsv, payload_length)
        self._inbound_is_compressible = False
        return CloseReason.PROTOCOL_ERROR if rsv.rsv1 else RsvBits(True, False, False)

    def frame_inbound_complete(self, proto, fin):
        return super().frame_inbound_complete(proto, fin) if self._inbound_is_compressible else None


def extensions_of(options):
    """permessage-deflate as a client of wsproto that has negotiated these options."""
    if not options & DEFLATE:
        return []
    extension = MendedDeflate(bool(options & CLIENT_ALONE), None, bool(options & SERVER_ALONE), None)
    extension._enabled = True
    return [extension]


def ask_wsproto(data, options):
    words, message = [], []
    protocol = FrameProtocol(True, extensions_of(options))
    protocol.receive_bytes(data)
    try:
        for frame in protocol.received_frames():
            if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
                piece = frame.payload
                message.append(piece.encode() if isinstance(piece, str) else bytes(piece))
                if frame.message_finished:
                    words.append(f"{frame.opcode.name.lower()}:{hexed(b''.join(message))}")
                    message.clear()
            elif frame.opcode is Opcode.CLOSE:
                code, reason = frame.payload
                words.append(f"close:{int(code)}:{hexed(reason.encode())}")
            else:
                words.append(f"{frame.opcode.name.lower()}:{hexed(frame.payload)}")
    except ParseFailed as problem:
        return Reading(words, int(problem.code), str(problem))
    return Reading(words, None, None)


def frames_we_sent(data):
    """The frames that wait to go out, as (opcode, payload); wsproto's frame reader checks their masks and lengths."""
    decoder = FrameDecoder(client=False)
    decoder.receive_bytes(data)
    while frame := decoder.process_buffer():
        yield frame.opcode, bytes(frame.payload)
    assert len(decoder.buffer) == 0, "bytes that are no frame"


def our_reading(answer):
    """What our line says of a case: the words, the code with which we failed; and the frames we sent."""
    words = answer.split()
    assert words[0].startswith("request:") and words[1] == "open", answer
    sent = list(frames_we_sent(bytes.fromhex(words[-1].removeprefix("out:"))))
    read, failed, error = [], None, None
    for word in words[2:-1]:
        if word.startswith("failed:"):
            assert sent[-1][0] is Opcode.CLOSE, answer
            failed = int.from_bytes(sent[-1][1], "big")
            error = bytes.fromhex(word.split(":")[1]).decode()
        elif word != "unsolicited":
            read.append(word)
    return Reading(read, failed, error), sent


# --- what may differ

Case = collections.namedtuple("Case", "data options ours theirs")


def same_until_we_failed(case):
    return case.ours.failed is not None and case.theirs.words[: len(case.ours.words)] == case.ours.words


def refused_earlier(case):
    """We refuse at the first byte that shows the fault, wsproto once a header or more is complete: with more bytes it
    refuses too, for the same reason."""
    if not same_until_we_failed(case) or case.theirs.failed is not None or case.theirs.words != case.ours.words:
        return False
    for fill in (b"\0", b"\x7f", b"a"):
        for size in range(1, 16):
            then = ask_wsproto(case.data + fill * size, case.options)
            if then.failed == case.ours.failed and then.words == case.ours.words:
                return True
    return False


def over_limit(case):
    return same_until_we_failed(case) and case.ours.failed == 1009


def within_block(case):
    """wsproto takes a compressed message that breaks off within a block for its beginning."""
    return same_until_we_failed(case) and case.ours.error == "a compressed message that cannot be inflated"


def has_code_1014(case):
    taken = case.ours.words[len(case.theirs.words) :]
    is_1014 = [word.startswith("close:1014:") for word in taken] == [True]
    return case.theirs.error == "CLOSE with unknown reserved code" and (
        is_1014 or (b"\x03\xf6" in case.data and case.ours.error == "a close reason that is not UTF-8")
    )


def inflates_first(case):
    """Of a message that begins within another, wsproto inflates the payload before it looks at the order."""
    return same_until_we_failed(case) and case.ours.failed == 1002 and case.theirs.error == "error in extension"


def final_block(case):
    """wsproto ignores what follows a block that says it is the last (RFC 7692 section 7.2.3.4)."""
    if not case.options & DEFLATE:
        return False
    original = PerMessageDeflate.frame_inbound_payload_data
    met = []

    def watched(self, proto, data):
        result = original(self, proto, data)
        if self._decompressor is not None and self._decompressor.eof:
            met.append(True)
        return result

    PerMessageDeflate.frame_inbound_payload_data = watched
    try:
        ask_wsproto(case.data, case.options)
    finally:
        PerMessageDeflate.frame_inbound_payload_data = original
    return bool(met)


EXPLANATIONS = [
    ("refused at the first bad byte", refused_earlier),
    ("larger than the limit", over_limit),
    ("the close code 1014 of the IANA registry", has_code_1014),
    ("a fault of order before one of inflating", inflates_first),
    ("after a final block", final_block),
    ("ends within a block", within_block),
]


# --- making cases


def frame(opcode, payload=b"", fin=True, compressed=False):
    head = bytes([fin << 7 | compressed << 6 | opcode])
    if len(payload) < 126:
        head += bytes([len(payload)])
    elif len(payload) < 65536:
        head += b"\x7e" + struct.pack(">H", len(payload))
    else:
        head += b"\x7f" + struct.pack(">Q", len(payload))
    return head + payload


def some_text(rng):
    kind = rng.randrange(4)
    if kind == 0:
        return "".join(rng.choice("abc é€😀\u07ff\uffff\U0010ffff\0") for _ in range(rng.randrange(40)))
    return "x" * rng.choice((0, 1, 5, 30, 125, 126, 300)) + "€" * (kind == 1)


def some_control(rng):
    return frame(rng.choice((PING, PONG)), rng.randbytes(rng.choice((0, 1, 4, 125))))


def some_stream(rng, options):
    """Frames of a server that keeps all rules."""
    out, compressor = [], None
    for _ in range(rng.randrange(1, 7)):
        if rng.random() < 0.2:
            out.append(some_control(rng))
            continue
        opcode = rng.choice((TEXT, BINARY))
        payload = some_text(rng).encode() if opcode == TEXT else rng.randbytes(rng.choice((0, 1, 9, 125, 126, 500)))
        compressed = bool(options & DEFLATE) and rng.random() < 0.7
        if compressed:
            if compressor is None or options & SERVER_ALONE:
                compressor = zlib.compressobj(rng.randrange(10), zlib.DEFLATED, -15)
            payload = compressor.compress(payload)
            if rng.random() < 0.05:  # a final block, and the empty one after it (RFC 7692 section 7.2.3.4)
                payload += compressor.flush() + b"\0"
                compressor = None
            else:
                payload += compressor.flush(zlib.Z_SYNC_FLUSH)
                payload = payload[:-4] or b"\0"
        while rng.random() < 0.4:
            cut = rng.randrange(len(payload) + 1)
            out.append(frame(opcode, payload[:cut], False, compressed))
            payload, opcode, compressed = payload[cut:], 0, False
            if rng.random() < 0.3:
                out.append(some_control(rng))
        out.append(frame(opcode, payload, True, compressed))
    if rng.random() < 0.4:
        code = rng.choice((1000, 1001, 1003, 1011, 1012, 1013, 1014, 3000, 4999))
        out.append(frame(CLOSE, rng.choice((b"", struct.pack(">H", code) + some_text(rng)[:30].encode()))))
    return out


def damaged(rng, frames):
    frames = list(frames)
    for _ in range(rng.randrange(1, 3)):
        i = rng.randrange(len(frames))
        data = bytearray(frames[i])
        kind = rng.randrange(8)
        if kind == 0 and data:  # the first byte: fin, reserved bits, opcode
            data[0] ^= 1 << rng.randrange(8)
        elif kind == 1 and len(data) > 1:  # the length, or the mask bit
            data[1] ^= 1 << rng.randrange(8)
        elif kind == 2 and data:
            data[rng.randrange(len(data))] = rng.choice((0, 0x7E, 0x7F, 0x80, 0xC0, 0xED, 0xF4, 0xFF, rng.randrange(256)))
        elif kind == 3:
            del data[rng.randrange(len(data) + 1) :]
        elif kind == 4:
            frames.insert(i, rng.choice(frames))
        elif kind == 5:
            frames.insert(i, frame(rng.choice((0, 1, 2, 3, 7, 8, 9, 11)), rng.randbytes(rng.randrange(4)), rng.random() < 0.7))
        elif kind == 6:
            frames.insert(i, frame(CLOSE, struct.pack(">H", rng.choice((0, 999, 1004, 1005, 1006, 1014, 1015, 1016, 2999, 5000)))))
        elif kind == 7:  # a length not in its shortest form, or absurd
            data = bytearray(rng.choice((b"\x82\x7e\x00\x7d", b"\x82\x7f" + bytes(6) + b"\xff\xff", b"\x82\x7f\xff" + bytes(7),
                                         b"\x82\x7f" + bytes(3) + b"\x01" + bytes(4))))
        if kind not in (4, 5, 6):
            frames[i] = bytes(data)
    return frames


def streams_of_transcripts(testdata):
    for name, steps in transcripts.read_folder(testdata).items():
        words = steps[0][1]
        data = b"".join(step[1] for step in steps if step[0] == "receive")
        head, _, frames = data.partition(b"\r\n\r\n")
        plain = head == transcripts.ACCEPTS[:-2]
        deflate = head == transcripts.ACCEPTS + b"Sec-WebSocket-Extensions: permessage-deflate"
        if not (plain or deflate) or any(word.startswith("limit=") for word in words) or len(data) > MAX_BYTES:
            continue
        if any(step[0] == "send" for step in steps):
            continue
        yield name, DEFLATE if deflate else 0, frames


def compare_reading(program, cases, shaken):
    lines = [f"c {options} r {hexed(shaken[options][1])} r {hexed(data)}" for _, options, data in cases]
    used = collections.Counter()
    unexplained = 0
    for (name, options, data), answer in zip(cases, run(program, lines)):
        ours, sent = our_reading(answer)
        theirs = ask_wsproto(data, options)
        pongs = [word for word in ours.words if word.startswith("ping:")]
        assert [f"ping:{hexed(p)}" for o, p in sent if o is Opcode.PONG] == pongs, f"{name}: pings and pongs: {answer}"
        if ours.words == theirs.words and ours.failed == theirs.failed:
            used["the same"] += 1
            continue
        case = Case(data, options, ours, theirs)
        explanation = next((what for what, is_so in EXPLANATIONS if is_so(case)), None)
        if explanation:
            used[explanation] += 1
        else:
            unexplained += 1
            if unexplained <= 20:
                print(f"{name}, options {options}\n  bytes   {hexed(data)}\n  ours    {ours}\n  wsproto {theirs}")
    idle = [what for what, _ in EXPLANATIONS if used[what] == 0]
    for what, times in used.most_common():
        print(f"{times:6} {what}")
    if idle:
        print("explain nothing any more:", ", ".join(idle))
    print(f"{len(cases)} streams read, {unexplained} unexplained differences")
    return unexplained + len(idle)


def compare_sending(program, rng, count, shaken):
    """What we send, as wsproto's side of the same handshake understands it."""
    cases = []
    for _ in range(count):
        options = rng.choice(sorted(shaken))
        sends = []
        for _ in range(rng.randrange(1, 8)):
            kind = rng.choice("ttbbp")
            text = some_text(rng).encode() * rng.choice((1, 1, 50, 3000))
            sends.append((kind, text[:120] if kind == "p" else text))
        cases.append((options, [(k, t) for k, t in sends if t]))
    lines = []
    for options, sends in cases:
        steps = "".join(f" {kind} {hexed(text)}" for kind, text in sends)
        lines.append(f"c {options} r {hexed(shaken[options][1])}{steps}")
    wrong = 0
    for (options, sends), answer in zip(cases, run(program, lines)):
        server = shake(shaken[options][0], options)[1]
        server.receive_data(bytes.fromhex(answer.split()[-1].removeprefix("out:")))
        read, message = [], []
        for event in server.events():
            if isinstance(event, Ping):
                read.append(("p", bytes(event.payload)))
            elif isinstance(event, (TextMessage, BytesMessage)):
                message.append(event.data.encode() if isinstance(event, TextMessage) else bytes(event.data))
                if event.message_finished:
                    read.append(("t" if isinstance(event, TextMessage) else "b", b"".join(message)))
                    message.clear()
            else:
                read.append(("?", str(event).encode()))
        if read != sends:
            wrong += 1
            print(f"sent with options {options}: {sends}\n  wsproto read {read}")
    print(f"{count} times sent, {wrong} misunderstood")
    return wrong


def main(program, testdata, count="2500", seed="1"):
    rng = random.Random(int(seed))
    shaken = answers_by_options(program)
    cases = [(name, options, data) for name, options, data in streams_of_transcripts(testdata)]
    for name, options, data in list(cases):
        cases += [(f"{name}, damaged", options, b"".join(damaged(rng, [data]))) for _ in range(5)]
    for number in range(int(count)):
        options = rng.choice(sorted(shaken))
        frames = some_stream(rng, options)
        if rng.random() < 0.6:
            frames = damaged(rng, frames)
        cases.append((f"stream {number}", options, b"".join(frames)))
    return 1 if compare_reading(program, [c for c in cases if c[2]], shaken) + compare_sending(program, rng, 500, shaken) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
