"""The same seed on one, two and three threads: the same requests are due, and all of them are accounted for."""

SUITE = """\
suite: shards
target: {url}
scenarios:
  - name: mixed
    http:
      requests:
        - {{name: stats, request: GET /api/graph/stats, weight: 3}}
        - {{name: health, request: GET /health, weight: 5}}
        - {{name: missing, request: GET /nowhere}}
      stages: [{{rate: 200/s, duration: 1s}}, {{rate: 200/s:600/s, duration: 1s}}]
      connections: 30
"""
STEPS = ("stats", "health", "missing")


def counts(tool, threads, seed=7):
    """The run, and what must not depend on the number of threads."""
    with tool.simulate("--latency", "exp:2ms") as simulator:
        suite = tool.write(f"shards{threads}.yaml", SUITE.format(url=simulator.url))
        run = tool.run("run", suite, "-t", threads, "--seed", seed)
    keys = ["requests", "status.200", "status.404", *(f"step.{s}.requests" for s in STEPS)]
    return run, {k: run.metrics.get(k) for k in keys} | {"scheduled": run.count("scheduled")}
