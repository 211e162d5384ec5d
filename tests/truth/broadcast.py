"""Broadcasts with planted faults: loadstone's ledger against the record of the server that planted them (row F1).

The servers are the simulator and two that are not ours (tests/peers). Every fault they planted must be in the ledger, with
its message and its client, and nothing else may be.
"""

import collections
import contextlib
import json
import os
import shutil
import ssl
import subprocess
import urllib.request
from dataclasses import dataclass, field

from hdr import quantile
from loadstone import PATIENCE, eventually

PEERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "peers")
STAGGER_MS = 3  # so that clients open in the order of their numbers
WITHIN_SECONDS = 1e-3
WITHIN_SHARE = 0.01
MOST_ANOMALIES = 2000  # that a result keeps one by one
HEADER = {"header": True}  # loadstone's own, with a CRC

# Faults of a plan: every k-th message, for every `clients`-th client. Few enough for all to be kept in the result.
FULL = {"clients": 100, "messages": 10_000, "every": 10, "drop": 131, "duplicate": 211, "swap": 307, "corrupt": 401}
SHORT = {"clients": 20, "messages": 1000, "every": 4, "drop": 31, "duplicate": 41, "swap": 53, "corrupt": 61}

# As the server calls them, and as the ledger does.
NAMES = {"drop": "missing", "silent": "missing", "unsent": "missing", "disconnect": "missing", "reset": "missing",
         "close": "missing", "duplicate": "duplicate", "swap": "reordered", "corrupt": "corrupt"}


@dataclass
class Record:
    """What a server did: faults as (kind, message, client), who was there for which messages, and when each message came
    and was last sent. Messages and clients are numbered as the ledger does, from 0."""

    faults: collections.Counter
    stays: list  # (client, first message, one after the last)
    times: list  # (published, last sent), nanoseconds, in order
    published: int
    sent: int


def _record(plants, clients, messages, published, sent):
    """Clients are those of the plan by their name if they have one, else in order of opening."""
    def who(entry):
        return entry["client"] if entry["name"] is None else int(entry["name"])

    ids = {number: int(id) for number, id, _, _ in messages}
    first = min(ids.values(), default=0)
    at = {number: id - first for number, id in ids.items()}
    faults = collections.Counter((NAMES[p["kind"]], at[p["message"]], who(p)) for p in plants if p["kind"] in NAMES)
    # Publications come one after the other from one connection: the n-th to come is the n-th of the plan.
    if [at[n] for n in sorted(at)] != list(range(len(at))):
        raise AssertionError("messages came to the server in another order than they were due")
    stays = [(who(c), c["since"], published if c["until"] is None else c["until"]) for c in clients]
    return Record(faults, stays, [(came, last) for _, _, came, last in messages], published, sent)


class Simulated:
    disconnect = "/__sim/disconnect"
    kind, counts = "websocket", "stream"
    name, path, request, match = "simulator", "/ws/events", "POST /api/graph/events", "/data/message_id"
    suite_tls = ""
    rate = 250  # messages a second to 100 clients that it sends without falling behind

    @contextlib.contextmanager
    def serve(self, tool, faults):
        words = {"clients": faults.get("every", 1), **{k: v for k, v in faults.items() if k not in ("every", "of")}}
        if "delay" in words:
            words["delay"] = f"{words['delay']}ms"
        # The text ends in what was published last: damage falls there, and not into the id.
        with tool.simulate("--events", " ".join(f"{k}={v}" for k, v in words.items()) + " corrupt_at=85%") as simulator:
            yield simulator.url, lambda: self._read(simulator)

    def body(self, text):
        return {"event_type": "load_test", "data": text}

    def _read(self, simulator):
        # What was held for a client is written down when it has left.
        eventually(lambda: simulator.stats()[self.counts]["open"] == 0)
        stream, plants = simulator.stats()[self.counts], simulator.get("/__sim/plants")
        assert plants["dropped"] == 0, plants["dropped"]
        return _record([p for p in plants["plants"] if p["route"] == self.path], simulator.get("/__sim/clients")["clients"],
                       simulator.get("/__sim/messages")[self.path], stream["published"], stream["sent"])


class SimulatedEvents(Simulated):
    kind, counts = "event_stream", "source"
    name, path = "simulator's event stream", "/sse/events"


class Peer:
    kind, path, request, match, disconnect = "websocket", "/events", "POST /publish", "/id", "/disconnect"

    def __init__(self, name, command, rate, authority=None):
        self.name, self.command, self.rate = name, command, rate
        self.tls, self.suite_tls = None, ""
        if authority:
            self.command = [*command, "--tls", ":".join(authority.issue("peer"))]
            self.tls = ssl.create_default_context(cafile=authority.path("ca.pem"))
            self.suite_tls = f"defaults: {{tls: {{ca: {authority.path('ca.pem')}}}}}\n"

    @contextlib.contextmanager
    def serve(self, tool, faults):
        every, clients = faults.get("every", 1), faults["of"]
        chosen = ",".join(str(i) for i in range(clients) if (i + 1) % every == 0)
        flags = []
        for kind in ("drop", "duplicate", "swap", "corrupt", "disconnect"):
            if kind in faults:
                flags += [f"--{kind}", f"{faults[kind]}:{chosen}"]
        if "away" in faults:
            flags += ["--away", str(faults["away"])]
        if "delay" in faults:
            flags += ["--delay", str(faults["delay"])]
        process = subprocess.Popen([*self.command, *flags], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                                   cwd=tool.folder)
        try:
            line = process.stdout.readline()
            if not line.startswith("listening on "):
                raise AssertionError(f"{self.command} did not start: {line}")
            url = f"{'https' if self.tls else 'http'}://127.0.0.1:" + line.split()[-1]
            yield url, lambda: self._read(url)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

    def body(self, text):
        return {"id": text.pop("message_id"), **text}

    def _read(self, url):
        def account_of_all():
            with urllib.request.urlopen(url + "/account", timeout=PATIENCE, context=self.tls) as answer:
                account = json.load(answer)
            return account if all(c["until"] is not None for c in account["clients"]) else None

        account = eventually(account_of_all)
        return _record(account["plants"], account["clients"], account["messages"], account["published"], account["sent"])


def npm_ws(authority=None):
    return Peer("npm ws", ["node", os.path.join(PEERS, "ws_server.js")], 150, authority)


def servers():
    """Those that can run here; node is not on every machine."""
    found = [Simulated(), Peer("python3-websockets", ["/usr/bin/python3", os.path.join(PEERS, "ws_server.py")], 60)]
    if shutil.which("node"):
        found.append(npm_ws())
    return found


def event_servers():
    """The same for event streams: on node's own HTTP server, and on nothing but sockets."""
    found = [SimulatedEvents()]
    for server in servers()[1:]:
        server.kind, server.path, server.name = "event_stream", "/stream", f"event stream beside {server.name}"
        found.append(server)
    return found


SUITE = """\
suite: broadcast
target: {url}
{defaults}scenarios:
  - name: planted
    {kind}:
      path: {path}
      clients: {clients}
      stagger: {stagger}ms
      publish:
        request: {request}
        json: {body}
        count: {messages}
        rate: {rate}/s
      match: {match}
      drain: {drain}
{more}"""


@dataclass
class Comparison:
    """One run beside the record of its server. Everything in `missed` was planted and not found, everything in
    `invented` found and not planted: (kind, message, client)."""

    run: object
    record: Record
    missed: collections.Counter = field(default_factory=collections.Counter)
    invented: collections.Counter = field(default_factory=collections.Counter)
    miscounted: list = field(default_factory=list)  # sentences

    @property
    def planted(self):
        return sum(self.record.faults.values())

    @property
    def wrong(self):
        return sum(self.missed.values()) + sum(self.invented.values()) + len(self.miscounted)

    @property
    def lost(self):
        return sum(c["lost"] for c in self.run.scenario["ledger"]["clients"])

    @property
    def deliveries(self):
        return self.run.metrics["broadcast.expected"]

    def is_exact(self):
        return self.wrong == 0

    def __str__(self):
        few = lambda counter: sorted(counter.elements())[:10]  # noqa: E731
        return f"missed {few(self.missed)}, invented {few(self.invented)}, miscounted {self.miscounted[:10]}\n{self.run}"


def start(tool, server, faults, clients, messages, rate=None, match=None, drain="2s", more=""):
    """Runs one suite against one server: the run and the server's record. `more` are lines of the scenario, in which {url}
    is the server's."""
    text = {"message_id": "{{message.id}}", "pad": "abcdefghij" * 6}
    if match == HEADER:
        text["header"] = "{{message.header}}"
    with server.serve(tool, {**faults, "of": clients}) as (url, read):
        suite = tool.write("broadcast.yaml", SUITE.format(
            url=url, defaults=server.suite_tls, kind=server.kind, path=server.path, clients=clients, stagger=STAGGER_MS, request=server.request,
            body=json.dumps(server.body(text)), messages=messages, rate=rate or server.rate,
            match=json.dumps(match or {"pointer": server.match, "identical": True}), drain=drain,
            more=more.replace("{url}", url)))
        run = tool.run("run", suite, timeout=PATIENCE + 3 * messages / (rate or server.rate))
        if run.result is None:
            raise AssertionError(f"{server.name}: no result: {run}")
        return run, read()


def compare(tool, server, plan, **how):
    clients, messages = plan["clients"], plan["messages"]
    faults = {k: v for k, v in plan.items() if k not in ("clients", "messages")}
    run, record = start(tool, server, faults, clients, messages, **how)
    return judge(run, record, clients)


def judge(run, record, clients):
    truth = record.faults + absences(record, clients)
    found = collections.Counter((a["kind"], a["message"], a["client"]) for a in run.scenario["ledger"]["anomalies"])
    result = Comparison(run, record, truth - found, found - truth)
    count_check(result, truth, clients)
    return result


def absences(record, clients):
    """What was published while a client was not there, because its connection was ended."""
    there = collections.defaultdict(set)
    for client, since, until in record.stays:
        there[client].update(range(since, until))
    return collections.Counter(("lost", m, client) for client in range(clients) for m in range(record.published)
                               if m not in there[client])


def count_check(result, truth, clients):
    """The totals, of the run, of each client and of each message that the ledger names, against the planted ones."""
    def same(what, found, planted):
        if found != planted:
            result.miscounted.append(f"{what}: {found} instead of {planted}")

    by_kind, by_client, by_message = collections.Counter(), collections.Counter(), collections.Counter()
    for (kind, message, client), n in truth.items():
        by_kind[kind] += n
        by_client[client, kind] += n
        by_message[message, kind] += n
    metrics, ledger, messages = result.run.metrics, result.run.scenario["ledger"], result.record.published
    # A client that comes back may hear a message that was due just before: it is neither lost nor was it owed.
    returns = collections.Counter(client for client, _, _ in result.record.stays)
    for c in ledger["clients"]:
        who = c["client"]
        owed = messages - by_client[who, "lost"]
        if not owed - (returns[who] - 1) <= c["expected"] <= owed:
            result.miscounted.append(f"expected of client {who}: {c['expected']} instead of {owed}")
        same(f"lost of client {who}", c["lost"], by_client[who, "lost"])
        same(f"delivered of client {who}", c["delivered"], c["expected"] - by_client[who, "missing"] - by_client[who, "corrupt"])
    for name in ("expected", "delivered"):
        same(f"{name} of all", metrics[f"broadcast.{name}"], sum(c[name] for c in ledger["clients"]))
    same("published", metrics["broadcast.published"], messages)
    for kind, name in (("missing", "missing"), ("duplicate", "duplicates"), ("reordered", "reordered"), ("corrupt", "corrupt"),
                       ("late", "late"), ("foreign", "foreign")):
        same(name, metrics[f"broadcast.{name}"], by_kind[kind])
        for c in ledger["clients"]:
            same(f"{name} of client {c['client']}", c[name], by_client[c["client"], kind])
    same("clients", sorted(c["client"] for c in ledger["clients"]), list(range(clients)))
    for m in ledger["messages"]:
        not_heard = by_message[m["message"], "missing"] + by_message[m["message"], "corrupt"]
        same(f"unheard of message {m['message']}", m["expected"] - m["delivered"], not_heard)
    if len(truth) > MOST_ANOMALIES:
        result.miscounted.append(f"the plan has {len(truth)} anomalies, more than a result keeps")


@dataclass
class LastClient:
    """The p95 over messages of the time to the last client, in seconds."""

    measured: float
    truth: float
    run: object

    @property
    def error(self):
        return self.measured - self.truth

    def is_within(self):
        return abs(self.error) <= max(WITHIN_SECONDS, WITHIN_SHARE * self.truth)


def last_client(tool, server, clients=20, messages=400, delay_ms=5, rate=20):
    """Client i gets everything i times the delay later. The way through the kernel and both event loops, which the server
    cannot see, is measured just before without a delay: the difference of the medians is added to the server's record."""
    def inside(record):
        return [(last - came) / 1e9 for came, last in record.times]

    run, record = start(tool, server, {}, clients, messages // 2, rate=rate)
    outside = run.metrics["broadcast.last.p50"] - quantile(inside(record), 0.5)
    run, record = start(tool, server, {"delay": delay_ms}, clients, messages, rate=rate)
    return LastClient(run.metrics["broadcast.last.p95"], quantile(inside(record), 0.95) + outside, run)


def disconnected(tool, server, clients=10, messages=300, at=200):
    """Every fifth client is reset instead of hearing one message, and does not come back: that message is missing, what
    follows is lost to these clients and to nobody else."""
    plan = {"clients": clients, "messages": messages, "every": 5, "disconnect": at}
    return compare(tool, server, plan, rate=100)


def named(server, clients):
    """Lines of a scenario that give every client its number as its name, for servers to which they come in any order."""
    return ["      filters:"] + [f'        - {{clients: 1, path: "{server.path}?client={i}", hears: publish}}' for i in range(clients)]


def windows(tool, server, clients=10, messages=2000, away=20, cycles=3, more=()):
    """The server drops everybody, as a restart would, and lets nobody in until it has published some more: what it
    published meanwhile is lost to everybody. Clients are named by a filter each, as they come back in any order."""
    cut = ("import urllib.request as u; u.urlopen(u.Request('{url}" + server.disconnect + "', method='POST'))").replace('"', "")
    # The run ends with its last cycle, before all messages are published.
    lines = ["      recover:", f"        cycles: {cycles}", "        drop: restart",
             f"        command: {json.dumps(['/usr/bin/python3', '-c', cut])}", "        pause: 500ms",
             "        backoff: {first: 10ms, longest: 50ms, attempts: 200}"]
    lines += [*named(server, clients), *more]
    return compare(tool, server, {"clients": clients, "messages": messages, "away": away}, rate=100,
                   more="\n".join(lines) + "\n")
