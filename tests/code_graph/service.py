"""Starts the real program on a small project that is written here, and talks to it as any client would."""
import http.client
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

BINARY = os.environ.get("CODE_GRAPH_HTTP", "build/dev/code-graph-http")
PATIENCE = float(os.environ.get("PATIENCE", "30"))  # seconds for anything that must happen; nothing is judged by how long it took

PROJECT = {
    "first.py": "def first_line():\n    return 1\n",
    "app/__init__.py": "",
    "app/util.py": '''"""Small things."""
import os


def helper(x):
    """Helps."""
    return os.path.join("a", x)


def _private():
    return helper("p")


def tangled(a, b):
    # if for while && || ?
    text = "if for while ? && ||"
    if a and b:
        return 1
    elif a or b:
        return 2
    for i in range(3):
        while i:
            i -= 1
    try:
        return [x for x in text if x]
    except ValueError:
        return 3

    def inner(c):
        if c:
            return 1
''',
    "app/models.py": '''from app.util import helper


class Base:
    def save(self):
        return helper("base")

    def __repr__(self):
        return "Base"


class Item(Base):
    """One thing."""

    def save(self):
        return self.prepare()

    def prepare(self):
        return helper("item")
''',
    "app/main.py": '''from flask import Flask

from app.models import Item
from app.util import helper, tangled

app = Flask(__name__)


@app.route("/api/items/<int:item_id>", methods=["GET"])
def get_item(item_id):
    return load(item_id)


def load(item_id):
    item = Item()
    item.save()
    return helper(str(item_id))


def main():
    load(1)
    tangled(1, 2)


if __name__ == "__main__":
    main()
''',
    "latest_news.py": "def news():\n    return 'not a test'\n",
    "tests/test_app.py": "from app.main import main\n\n\ndef test_main():\n    main()\n",
    "web/client.ts": '''import { show } from "./show";

export async function loadItem(id: number) {
  const reply = await fetch(`/api/items/${id}`, { method: "GET" });
  show(await reply.json());
}
''',
    "web/show.ts": '''export function show(value: unknown): void {
  console.log(value);
}
''',
    "node_modules/thing/index.js": "function hidden() {}\n",
    ".venv/lib.py": "def hidden_too():\n    pass\n",
    "sub/.gitignore": "*.py\n!kept.py\n",
    "sub/dropped.py": "def dropped():\n    pass\n",
    "sub/kept.py": "def kept():\n    pass\n",
    "zoo/many.py": "".join(f"def zebra_{i}():\n    return {i}\n\n\n" for i in range(120)),
}


def write_project(files=PROJECT):
    root = tempfile.mkdtemp(prefix="code-graph-")
    for path, text in files.items():
        whole = os.path.join(root, path)
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        with open(whole, "w", encoding="utf-8") as f:
            f.write(text)
    return root


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body, parse_constant=lambda c: (_ for _ in ()).throw(ValueError(c)))

    def __repr__(self):
        return f"{self.status} {self.body[:400]!r}"


class Service:
    """One process; use as a context. Its port is chosen by the kernel and read from its log."""

    def __init__(self, *flags, root=None, env=None, wait_ready=True):
        self.own_root = root is None
        self.root = root or write_project()
        environment = {k: v for k, v in os.environ.items() if k not in ("REDIS_URL", "CORS_ORIGINS")}
        environment.update(env or {})
        self.log_file = tempfile.NamedTemporaryFile(prefix="code-graph-log-", suffix=".txt")
        self.process = subprocess.Popen(
            [BINARY, "--project-root", self.root, "--host", "::", "--port", "0",
             *(() if "--threads" in flags else ("--threads", "2")), *flags],
            stderr=self.log_file, env=environment)
        self.port = int(self._wait_log(r"msg=\"listening\".* port=(\d+)"))
        if wait_ready:
            self.wait(lambda: self.get("/ready").status == 200, "ready")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log_file.close()
        if self.own_root:
            shutil.rmtree(self.root, ignore_errors=True)

    def log(self):
        with open(self.log_file.name, encoding="utf-8") as f:
            return f.read()

    def _wait_log(self, pattern):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = re.search(pattern, self.log())
            if found:
                return found.group(1)
            if self.process.poll() is not None:
                raise AssertionError(f"exit code {self.process.returncode}: {self.log()}")
            time.sleep(0.02)
        raise AssertionError(f"{pattern} is not in the log: {self.log()}")

    @staticmethod
    def wait(condition, what):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            value = condition()
            if value:
                return value
            time.sleep(0.02)
        raise AssertionError(f"never: {what}")

    def ask(self, method, target, body=None, headers=None, host="127.0.0.1"):
        connection = http.client.HTTPConnection(host, self.port, timeout=PATIENCE)
        try:
            if isinstance(body, (dict, list)):
                body = json.dumps(body)
            connection.request(method, target, body, headers or {})
            reply = connection.getresponse()
            return Reply(reply.status, reply.headers, reply.read())
        finally:
            connection.close()

    def get(self, target, headers=None, **query):
        if query:
            target += "?" + urllib.parse.urlencode(query, doseq=True)
        return self.ask("GET", target, headers=headers)

    def post(self, target, body=None, headers=None):
        return self.ask("POST", target, body, headers)

    def socket(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def raw(self, data, half_close=False):
        """Bytes as they are; everything that comes until the end of the connection."""
        with self.socket() as s:
            s.sendall(data)
            if half_close:
                s.shutdown(socket.SHUT_WR)
            return read_to_end(s)

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def ws(self, path):
        return f"ws://127.0.0.1:{self.port}{path}"


def read_to_end(s):
    got = b""
    while select.select([s], [], [], PATIENCE)[0]:
        try:
            part = s.recv(65536)
        except ConnectionResetError:
            return got
        if not part:
            return got
        got += part
    raise AssertionError(f"the connection stays open after {got!r}")
