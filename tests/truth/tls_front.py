"""An nginx that speaks TLS in front of what a test needs: an answer of its own, or another server."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile

from certificates import Authority

CONFIG = """
daemon off;
worker_processes 1;
user root;
pid {dir}/nginx.pid;
error_log {dir}/error.log;
events {{ worker_connections 2000; }}
http {{
  client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fastcgi;
  uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
  access_log {dir}/access.log;
  keepalive_requests 1000000;
  {upstream}
{servers}
}}
"""
SERVER = """  server {{
    listen 127.0.0.1:{port} ssl backlog=1024;
    ssl_certificate {pem}; ssl_certificate_key {key};
    {extra}
    location / {{ {answer} }}
  }}
"""
UPSTREAM = "upstream behind {{ server {server}; keepalive 64; keepalive_requests 1000000; }}"
PROXY = "proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection '';"


class Front:
    """Serves within a with block. `kinds` maps a name to (certificate, key, more lines of its server); `urls` says where.
    `before` is HOST:PORT of the server that answers; without it nginx does."""

    def __init__(self, kinds=None, before=None):
        self.folder = tempfile.mkdtemp(prefix="loadstone-tls-")
        self.authority = Authority(self.folder)
        self.kinds = kinds(self.authority) if kinds else {"good": (*self.authority.issue("good"), "")}
        self.before = before
        self.urls = {}

    @property
    def ca(self):
        return self.authority.path("ca.pem")

    def requests(self):
        """Of the access log."""
        log = os.path.join(self.folder, "access.log")
        if not os.path.exists(log):  # nginx is only just starting
            return 0
        with open(log) as f:
            return len(f.readlines())

    def __enter__(self):
        # Sockets are made here, on ports that the kernel chooses, and handed over.
        listeners, servers = [], ""
        for name, (pem, key, extra) in self.kinds.items():
            listener = socket.socket()
            listener.bind(("127.0.0.1", 0))
            listener.listen(1024)
            listeners.append(listener)
            port = listener.getsockname()[1]
            self.urls[name] = f"https://127.0.0.1:{port}"
            answer = PROXY if self.before else 'return 200 "fine";'
            servers += SERVER.format(port=port, pem=pem, key=key, extra=extra, answer=answer)
        config = os.path.join(self.folder, "nginx.conf")
        with open(config, "w") as f:
            upstream = UPSTREAM.format(server=self.before) if self.before else ""
            f.write(CONFIG.format(dir=self.folder, upstream=upstream, servers=servers))
        fds = [listener.fileno() for listener in listeners]
        self.process = subprocess.Popen(
            [shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin"), "-p", self.folder, "-c", config, "-e",
             os.path.join(self.folder, "error.log")],
            env={**os.environ, "NGINX": "".join(f"{fd};" for fd in fds)}, pass_fds=fds, stderr=subprocess.DEVNULL)
        for listener in listeners:
            listener.close()
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder)
