"""The service that ships beside loadstone, started for a test."""

import contextlib
import os
import subprocess
import urllib.request

from loadstone import eventually, free_port

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SERVICE = os.environ.get("CODE_GRAPH_HTTP", os.path.join(ROOT, "build/dev/code-graph-http"))


@contextlib.contextmanager
def code_graph(project):
    """The service on the sources in `project`, ready; yields its URL."""
    url = f"http://127.0.0.1:{free_port()}"
    process = subprocess.Popen([SERVICE, "--project-root", project, "--port", url.rpartition(":")[2]],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        def ready():
            with contextlib.suppress(OSError), urllib.request.urlopen(url + "/ready", timeout=10) as answer:
                return answer.status == 200

        assert eventually(ready), "the service is not ready"
        yield url
    finally:
        process.terminate()
        process.wait()
