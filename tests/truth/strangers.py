"""Servers that are not ours, each with something wrong that was done to it from outside, or healthy. Each is a context
manager that gives the port to load, and the one to watch where it is another."""

import contextlib
import os
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from loadstone import eventually, free_port

PEERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "peers")
QUOTA = 0.2  # cores


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


@contextlib.contextmanager
def started(command, folder, **how):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=folder,
                               start_new_session=True, **how)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


@contextlib.contextmanager
def printing_its_port(command, folder, **how):
    with started(command, folder, **how) as process:
        yield int(process.stdout.readline())


def node(what, folder, **how):
    return printing_its_port(["node", os.path.join(PEERS, "work_server.js"), what], folder, **how)


def python(what, folder, *arguments, **how):
    return printing_its_port(["/usr/bin/python3", os.path.join(PEERS, "work_server.py"), what, *map(str, arguments)],
                             folder, **how)


@contextlib.contextmanager
def nginx(folder, location, connections=1024, listening="", more="", **how):
    port = free_port()
    home = tempfile.mkdtemp(dir=folder)
    config = os.path.join(home, "nginx.conf")
    with open(config, "w") as f:
        f.write(f"daemon off; pid {home}/pid; error_log {home}/errors crit; worker_processes 1;\n"
                f"events {{ worker_connections {connections}; }}\n"
                f"http {{ access_log off; keepalive_requests 100000000; client_body_temp_path {home}/a;\n"
                f"proxy_temp_path {home}/b; fastcgi_temp_path {home}/c; uwsgi_temp_path {home}/d; scgi_temp_path {home}/e;\n"
                f"{more}\nserver {{ listen 127.0.0.1:{port} {listening}; location / {{ {location} }} }} }}\n")
    program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    with started([program, "-p", home, "-e", os.path.join(home, "errors"), "-c", config], folder, **how):
        if not eventually(lambda: answers(port)):
            with open(os.path.join(home, "errors")) as f:
                raise AssertionError(f"nginx did not start: {f.read()}")
        yield port


@contextlib.contextmanager
def redis(folder):
    port = free_port()
    with started(["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                  "--client-output-buffer-limit", "pubsub 0 0 0"], folder):
        eventually(lambda: answers(port))
        yield port


@contextlib.contextmanager
def slow(tool, latency="const:5ms"):
    """What stands behind a proxy."""
    with tool.simulate("--latency", latency) as simulator:
        yield simulator.url


@contextlib.contextmanager
def under_a_quota():
    """A function for a process that is about to begin: it will have that much CPU. Needs root."""
    first = os.path.exists("/sys/fs/cgroup/cpu/cpu.shares")
    root = "/sys/fs/cgroup/cpu" if first else "/sys/fs/cgroup"
    group = os.path.join(root, f"loadstone-quota-{os.getpid()}")
    if not first:
        with open(os.path.join(root, "cgroup.subtree_control"), "w") as f:
            f.write("+cpu")
    os.mkdir(group)
    try:
        with open(os.path.join(group, "cpu.cfs_quota_us" if first else "cpu.max"), "w") as f:
            f.write(str(int(QUOTA * 100_000)))

        def enter():
            with open(os.path.join(group, "cgroup.procs"), "w") as f:
                f.write(str(os.getpid()))
        yield enter
    finally:
        def empty():
            with contextlib.suppress(OSError):
                os.rmdir(group)
            return not os.path.exists(group)
        eventually(empty, 5)


def few_descriptors():
    resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))


@contextlib.contextmanager
def not_reading(port, many=4):
    """Subscribers of redis who never read."""
    with contextlib.ExitStack() as stack:
        for _ in range(many):
            s = stack.enter_context(socket.socket())
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.connect(("127.0.0.1", port))
            s.sendall(b"SUBSCRIBE news\r\n")
        time.sleep(0.1)
        yield


# ---- one function for each case: (tool) -> (port, port to watch or None)

@contextlib.contextmanager
def nginx_out_of_connections(tool):
    with slow(tool) as url, nginx(tool.folder, f"proxy_pass {url};", connections=24) as port:
        yield port, None


@contextlib.contextmanager
def nginx_with_a_short_backlog(tool):
    with slow(tool) as url, nginx(tool.folder, f"proxy_pass {url};", listening="backlog=1") as port:
        yield port, None


@contextlib.contextmanager
def nginx_under_a_quota(tool):
    with under_a_quota() as enter, nginx(tool.folder, "return 200 ok;", preexec_fn=enter) as port:
        yield port, None


@contextlib.contextmanager
def nginx_healthy(tool):
    with slow(tool, "const:20ms") as url, nginx(tool.folder, f"proxy_pass {url};") as port:
        yield port, None


@contextlib.contextmanager
def node_computing(tool):
    with node("compute", tool.folder) as port:
        yield port, None


@contextlib.contextmanager
def node_out_of_descriptors(tool):
    with node("wait", tool.folder, preexec_fn=few_descriptors) as port:
        yield port, None


@contextlib.contextmanager
def node_healthy(tool):
    with node("wait", tool.folder) as port:
        yield port, None


def of_python(what):
    @contextlib.contextmanager
    def case(tool):
        with python(what, tool.folder) as port:
            yield port, None
    return case


@contextlib.contextmanager
def python_with_a_pool_of_redis(tool):
    with redis(tool.folder) as store, python("pool", tool.folder, store) as port:
        yield port, None


@contextlib.contextmanager
def redis_computing(tool):
    with redis(tool.folder) as store, python("ask", tool.folder, store) as port:
        yield port, store


@contextlib.contextmanager
def redis_with_slow_consumers(tool):
    with redis(tool.folder) as store, not_reading(store), python("publish", tool.folder, store) as port:
        yield port, store


# Name, what must be named first, the case.
CASES = (
    ("nginx, worker_connections 24", {"connection_limit"}, nginx_out_of_connections),
    ("nginx, backlog=1", {"accept_backlog"}, nginx_with_a_short_backlog),
    ("nginx, a quota of 0.2 cores", {"cpu_quota"}, nginx_under_a_quota),
    ("nginx, a proxy", {"healthy"}, nginx_healthy),
    ("node, computing", {"single_thread"}, node_computing),
    ("node, ulimit -n 40", {"connection_limit"}, node_out_of_descriptors),
    ("node, timers", {"healthy"}, node_healthy),
    ("python, computing in threads", {"lock_serialization"}, of_python("compute")),
    ("python, fsync", {"io_wait"}, of_python("sync")),
    ("python, a pool of four to redis", {"pool_limit"}, python_with_a_pool_of_redis),
    ("redis, a script for each request", {"single_thread"}, redis_computing),
    ("redis, subscribers that do not read", {"slow_consumer"}, redis_with_slow_consumers),
)
