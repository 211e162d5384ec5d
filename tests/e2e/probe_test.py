#!/usr/bin/python3
"""What the result says of the service: found behind its port, or started by the suite; against the kernel's own account."""

import contextlib
import json
import os
import re
import socket
import subprocess
import time

from case import Case, main
from loadstone import free_port


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Probe(Case):
    def test_the_process_behind_the_port(self):
        with self.tool.simulate("--latency", "exp:1ms") as simulator:
            before = cpu_seconds(simulator.pid)
            run = self.ran(self.tool.run("http", simulator.url + "/health", "-c", 10, "-d", "3s",
                                         "--slo", "service.memory.peak < 1GB", "--slo", "service.threads.peak < 1000"))
            used = cpu_seconds(simulator.pid) - before
            with open(f"/proc/{simulator.pid}/status") as f:
                peak = int(re.search(r"VmHWM:\s+(\d+)", f.read()).group(1)) * 1024
        m = run.metrics
        self.assertIn(f"pid {simulator.pid}", run.result["run"]["environment"]["service"])
        # The kernel's account also holds what came before and after the measured time.
        self.assertLessEqual(m["service.cpu.mean"] * 3, used * 1.1 + 0.05)
        self.assertGreaterEqual(m["service.cpu.mean"] * 3, used * 0.5)
        # The kernel counts pages in batches of 32 for each processor, and its mark of the highest may be late by those.
        self.assertAlmostEqual(m["service.memory.peak"], peak, delta=0.02 * peak + 1_000_000)
        self.assertAlmostEqual(m["service.cpu.per_request"], m["service.cpu.mean"] * 3 / m["requests"],
                               delta=0.2 * m["service.cpu.per_request"])
        self.assertGreater(m["service.memory.baseline"], 100_000)
        self.assertGreaterEqual(m["service.memory.peak"], m["service.memory.baseline"])
        self.assertGreaterEqual(m["service.threads.peak"], 2)
        self.assertGreaterEqual(m["service.fds.peak"], 10 + 3)
        self.assertGreater(m["service.context_switches"], 0)
        self.assertIn("service.memory.residue", m)
        self.assertGreater(m["service.memory.per_connection"], -10_000_000)
        self.assertIn("  service   CPU", run.out)
        points = [p["values"] for p in run.scenario["series"]]
        self.assertTrue(any("service.cpu" in p and "service.memory" in p for p in points), points)

    def test_the_process_that_the_suite_started(self):
        port = free_port()
        suite = self.tool.write("watched.yaml", f"""
target: http://127.0.0.1:{port}
service:
  command: [{self.tool.binary}, simulate, --port, "{port}"]
  ready: GET /health
scenarios:
  - name: one
    http: {{request: GET /health, concurrency: 5, duration: 1500ms}}
    expect: [service.memory.growth < 1GB, service.cpu.mean > 0%]
""")
        run = self.ran(self.tool.run("run", suite))
        self.assertIn(f"port {port}", run.result["run"]["environment"]["service"])
        self.assertEqual([t["verdict"] for t in run.scenario["targets"] if run.code == 0],
                         ["pass", "pass"] if run.code == 0 else [])

    def test_a_service_that_is_not_watched_is_said_to_be(self):
        with self.tool.simulate() as simulator:
            run = self.tool.run("http", simulator.url + "/health", "-c", 2, "-d", "1s", "--no-watch",
                                "--slo", "service.memory.peak < 1GB")
        self.assertFalse([name for name in run.metrics if name.startswith("service.")])
        self.assertNotIn("service", run.result["run"]["environment"])
        self.assertIn(run.scenario["targets"][0]["verdict"], ("inconclusive", "invalid"))
        self.assertTrue(any("--no-watch" in note for note in run.scenario["notes"]), run.scenario["notes"])

    @contextlib.contextmanager
    def probe(self, *arguments, token=None):
        """`loadstone probe --listen`, as on the service's own machine; where it is."""
        environment = {**os.environ, **({"LOADSTONE_PROBE_TOKEN": token} if token else {})}
        with subprocess.Popen([self.tool.binary, "probe", "--listen", "127.0.0.1:0", *arguments], stdout=subprocess.PIPE,
                              text=True, env=environment) as process:
            try:
                line = process.stdout.readline()
                self.assertTrue(line.startswith("probing on 127.0.0.1:"), line)
                yield line.split()[-1], process
            finally:
                process.kill()

    def test_a_service_of_another_machine(self):
        with self.tool.simulate() as simulator, self.probe() as (place, _):
            suite = self.tool.write("far.yaml", f"""
target: {simulator.url}
service: {{probe: "{place}"}}
scenarios:
  - name: far
    http: {{request: GET /health, concurrency: 5, duration: 2s}}
    expect: [service.memory.peak < 1GB]
""")
            run = self.ran(self.tool.run("run", suite))
            self.assertIn(f"pid {simulator.pid}", run.result["run"]["environment"]["service"])
            self.assertIn(f"seen by the probe at {place}", run.result["run"]["environment"]["service"])
            self.assertGreater(run.metrics["service.memory.peak"], 100_000)
            self.assertGreater(run.metrics["service.cpu.per_request"], 0)
            flag = self.tool.run("http", simulator.url + "/health", "-n", 10, "-c", 1, "--probe", place)
            self.assertIn("service.memory.peak", flag.metrics)

    def test_a_probe_that_cannot_be_asked_is_an_error_before_anything_is_sent(self):
        with self.tool.simulate() as simulator, self.probe(token="a secret of forty letters or about that") as (place, _):
            for where, why in ((place, "token"), ("127.0.0.1:1", "refused")):
                run = self.tool.run("http", simulator.url + "/health", "-n", 10, "--probe", where)
                self.assertEqual(run.code, 3, run)
                self.assertIn(why, run.err)
                self.assertIn("nothing was sent", run.err)
            self.assertEqual(simulator.stats()["requests"], 0)

    def test_a_probe_that_goes_away(self):
        with self.tool.simulate() as simulator, self.probe() as (place, process):
            started = self.tool.start("http", simulator.url + "/health", "-c", 2, "-d", "3s", "--probe", place)
            time.sleep(1.5)
            process.kill()
            run = self.ran(started.wait())
        self.assertTrue(any("was lost" in note for note in run.scenario["notes"]), run.scenario["notes"])

    def test_a_profile_after_the_measured_time(self):
        with self.tool.simulate() as simulator:
            suite = self.tool.write("profiled.yaml", f"""
target: {simulator.url}
scenarios:
  - name: hot one
    profile: true
    http: {{request: GET /health, concurrency: 5, duration: 2s}}
""")
            run = self.ran(self.tool.run("run", suite))
        notes = " ".join(run.scenario["notes"])
        if "sampling is not allowed" in notes:
            return
        self.assertIn("Profile of the service", notes)
        with open(os.path.join(run.folder, "hot_one.profile.speedscope.json")) as f:
            speedscope = json.load(f)
        names = [frame["name"] for frame in speedscope["shared"]["frames"]]
        self.assertTrue(any("serve::HttpConnection" in name for name in names), names[:20])
        samples = speedscope["profiles"][0]["samples"]
        self.assertEqual(len(samples), len(speedscope["profiles"][0]["weights"]))
        self.assertTrue(all(0 <= i < len(names) for stack in samples for i in stack))
        # The same in the result, in which the stacks that take most come along, and in the report that is made of it.
        kept = run.scenario["profile"]
        self.assertEqual(kept["shared"]["frames"][0].keys(), {"name"})
        self.assertAlmostEqual(sum(kept["profiles"][0]["weights"]), sum(speedscope["profiles"][0]["weights"]), 6)
        with open(os.path.join(run.folder, "report.html")) as page:
            self.assertIn("serve::HttpConnection", page.read())
        # What was sampled is not in what was measured.
        self.assertLessEqual(run.scenario["measured_seconds"], 2.1)

    def test_profile_of_a_process(self):
        with self.tool.simulate() as simulator:
            folder = self.tool.new_folder()
            done = subprocess.run([self.tool.binary, "profile", f":{simulator.port}", "-d", "500ms", "-o", folder],
                                  capture_output=True, text=True, timeout=60)
        if "not allowed" in done.stderr:
            self.assertEqual(done.returncode, 3)
            return
        self.assertIn(done.returncode, (0, 4), done)  # 4: it used no CPU time
        self.assertTrue(os.path.exists(os.path.join(folder, "loadstone.folded")), done)
        self.assertEqual(subprocess.run([self.tool.binary, "profile", ":1"], capture_output=True).returncode, 2)

    def test_doctor(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(1)
            port = listener.getsockname()[1]
            known = subprocess.run([self.tool.binary, "doctor", f":{port}"], capture_output=True, text=True, timeout=60)
        self.assertIn(known.returncode, (0, 1), known)
        self.assertEqual(known.returncode == 1, "not fit to measure" in known.stdout, known.stdout)
        self.assertIn(f"pid {os.getpid()}", known.stdout)
        nobody = subprocess.run([self.tool.binary, "doctor", f":{port}"], capture_output=True, text=True, timeout=60)
        self.assertEqual(nobody.returncode, 1)
        self.assertIn("nobody listens", nobody.stdout)
        self.assertEqual(subprocess.run([self.tool.binary, "doctor", "1", "2"], capture_output=True).returncode, 2)


if __name__ == "__main__":
    main()
