#!/usr/bin/python3
"""What other programs make of our formats: xmllint of the JUnit, promtool and Prometheus' own client of the metrics, csv of
the series. Of the golden result, and of one whose every text is hostile.

    formats.py LOADSTONE SOURCE_FOLDER
"""

import csv
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

HOSTILE = '</failure>]]>&<script>"\\\'{}\n\r\t\x00\x1b[2J\x7f\u202e\ufffe,=# |`*'


def render(loadstone, result, name):
    done = subprocess.run([loadstone, "report", result, "--format", name], capture_output=True, timeout=60, check=False)
    assert done.stdout, done.stderr.decode()
    return done.stdout.decode()


def program(command, text):
    done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, f"{command[0]}: {done.stdout.decode()}{done.stderr.decode()}"
    # promtool warns of a bad style without failing.
    assert not done.stdout.strip() or command[0] != "promtool", done.stdout.decode()


def junit(text, document, schema):
    program(["xmllint", "--noout", "--schema", schema, "-"], text)
    cases = xml.etree.ElementTree.fromstring(text).findall("./testsuite/testcase")
    assert len(cases) == len(document["scenarios"])
    child = {"pass": None, "fail": "failure", "invalid": "error", "inconclusive": "skipped"}
    for case, scenario in zip(cases, document["scenarios"]):
        assert (case[0].tag if len(case) else None) == child[scenario["verdict"]], scenario["name"]


def metrics(text, document):
    program(["promtool", "check", "metrics"], text)
    for parse in (open_metrics, prometheus):
        samples = {}
        for family in parse(text):
            for sample in family.samples:
                key = (sample.name, tuple(sorted(sample.labels.items())))
                assert key not in samples, f"{key} is there twice"
                samples[key] = sample.value
        found = 0
        for scenario in document["scenarios"]:
            name = next(dict(k)["scenario"] for n, k in samples if n == "loadstone_verdict" and
                        alike(dict(k)["scenario"], scenario["name"]))
            for metric, sample, labels in (
                ("requests", "loadstone_requests", {}),
                ("latency.p95", "loadstone_latency_seconds", {"quantile": "0.95"}),
                ("latency.max", "loadstone_latency_seconds", {"quantile": "1"}),
                ("error_rate", "loadstone_error_rate_ratio", {}),
                ("status.200", "loadstone_responses", {"status": "200"}),
                ("errors.reset", "loadstone_errors", {"kind": "reset"}),
            ):
                if metric in scenario["metrics"]:
                    key = (sample, tuple(sorted({"scenario": name, **labels}.items())))
                    # 1 may be written 1.0.
                    alternative = (sample, tuple((k, "1.0" if v == "1" else v) for k, v in key[1]))
                    value = samples.get(key, samples.get(alternative))
                    assert value == scenario["metrics"][metric], (key, value, scenario["metrics"][metric])
                    found += 1
        assert found > 20, found


def alike(shown, name):
    """Equal but for the characters that a format cannot hold."""
    return len(shown) == len(name) and all(a == b or a == "?" for a, b in zip(shown, name))


def series(text, document):
    rows = list(csv.DictReader(io.StringIO(text)))
    points = [(s["name"], p) for s in document["scenarios"] for p in s["series"]]
    assert len(rows) == len(points) > 80
    for row, (name, point) in zip(rows, points):
        assert row["scenario"] == name, (row["scenario"], name)
        for key, value in point["values"].items():
            assert float(row[key]) == value, (key, row[key], value)


def main():
    loadstone, source = sys.argv[1], pathlib.Path(sys.argv[2])
    golden = source / "src/report/testdata/golden.json"
    document = json.loads(golden.read_text())
    hostile = json.loads(golden.read_text())
    hostile["run"]["suite"] = HOSTILE
    for number, scenario in enumerate(hostile["scenarios"]):
        scenario["name"] = f"{number} {HOSTILE}"
        scenario["notes"] = [HOSTILE]
        scenario["problem"] = HOSTILE if scenario["problem"] else ""
        for target in scenario["targets"]:
            target["reason"] = HOSTILE
        for finding in scenario["findings"]:
            finding["evidence"] = HOSTILE
        scenario["metrics"][f"step.{HOSTILE}.requests"] = 5
        scenario["metrics"][f"step.{HOSTILE}.rate"] = 5
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (("golden", document), ("hostile", hostile)):
            result = pathlib.Path(folder, f"{name}.json")
            result.write_text(json.dumps(content))
            junit(render(loadstone, result, "junit"), content, source / "src/report/testdata/junit.xsd")
            metrics(render(loadstone, result, "openmetrics"), content)
            series(render(loadstone, result, "csv"), content)
            print(f"{name}: junit, openmetrics and csv read as they were meant")


if __name__ == "__main__":
    main()
