// Result documents that no short run can leave: very many clients, a whole day, every section at once, hostile names.
"use strict";
const fs = require("fs");
const hdr = require("hdr-histogram-js");

// A small generator of our own, so that a test sees the same document every time.
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

// Times around `typical` seconds with a tail, `count` of them.
function times(typical, count, seed) {
  const next = random(seed);
  const histogram = hdr.build({ bitBucketSize: 64, lowestDiscernibleValue: 1000, highestTrackableValue: 3.6e12, numberOfSignificantValueDigits: 3 });
  const draws = 5000;
  for (let i = 0; i < draws; ++i) {
    const ns = Math.round(typical * 1e9 * Math.exp(0.5 * (next() + next() + next() - 1.5)) * (next() < 0.01 ? 8 : 1));
    histogram.recordValueWithCount(ns, Math.max(1, Math.round(count / draws)));
  }
  const at = (p) => histogram.getValueAtPercentile(p) * 1e-9;
  return {
    text: hdr.encodeIntoCompressedBase64(histogram),
    statistics: { min: histogram.minNonZeroValue * 1e-9, mean: histogram.mean * 1e-9, p50: at(50), p75: at(75), p90: at(90), p95: at(95), p99: at(99), p99_9: at(99.9), p99_99: at(99.99), max: histogram.maxValue * 1e-9, stddev: histogram.stdDeviation * 1e-9 },
  };
}

function add_times(scenario, family, typical, count, seed) {
  const { text, statistics } = times(typical, count, seed);
  scenario.histograms[family] = text;
  for (const [name, value] of Object.entries(statistics)) scenario.metrics[`${family}.${name}`] = value;
}

function scenario(name, kind, plan) {
  return { name, kind, plan, problem: "", interrupted: false, measured_seconds: 60, verdict: "pass", metrics: {}, targets: [], histograms: {}, series: [], findings: [], notes: [] };
}

function document_of(suite, scenarios) {
  const count = (verdict) => scenarios.filter((s) => s.verdict === verdict).length;
  const worst = ["pass", "inconclusive", "fail", "invalid"];
  return {
    schema: "loadstone-result/1",
    run: { suite, suite_file: "suites/made.yaml", command: "loadstone run suites/made.yaml -o results/made", version: "0.1.0", reactor: "io_uring", seed: 7, shards: 2, started_at: 1.7e9, environment: { cpu: "made up", kernel: "Linux 6.1" } },
    partial: false,
    losses: [],
    summary: { total: scenarios.length, passed: count("pass"), failed: count("fail"), inconclusive: count("inconclusive"), invalid: count("invalid") },
    verdict: scenarios.map((s) => s.verdict).sort((a, b) => worst.indexOf(b) - worst.indexOf(a))[0] ?? "pass",
    scenarios,
  };
}

// An HTTP scenario whose series has `points` points of `length` seconds; the first tenth is warm-up.
function http(name, points, length, seed = 1) {
  const s = scenario(name, "http", "ramp from 100/s to 900/s over 20 connections");
  const next = random(seed);
  s.measured_seconds = points * length * 0.9;
  for (const [family, typical] of [["latency", 0.012], ["wait", 0.002], ["lag", 2e-5], ["service_time", 0.01], ["connect.time", 5e-4], ["connect.tcp", 3e-4], ["connect.tls", 2e-4]]) add_times(s, family, typical, 1e6, seed);
  Object.assign(s.metrics, { requests: 1e6, successes: 999000, failures: 1000, error_rate: 0.001, rate: 500, "status.200": 999000, "status.503": 1000, "errors.status": 1000, "generator.cpu": 0.3, "generator.limited": 0 });
  const from = -Math.floor(points / 10);
  for (let i = from; i < points + from; ++i) {
    const load = 100 + (800 * (i - from)) / points;
    const p50 = (0.008 + 0.004 * next()) * (1 + load / 900);
    s.series.push({ start: i * length, length, measured: i >= 0, values: { rate: load, errors: next() < 0.05 ? 3 : 0, "latency.p50": p50, "latency.p95": p50 * 2.5, "latency.p99": p50 * 4, "latency.max": p50 * (5 + 10 * next()), "lag.p99": 3e-5, in_flight: 10 * next(), connections: 20, "generator.cpu": 0.3, ...(i === 5 ? { "generator.busy": 1 } : {}) } });
  }
  s.targets.push({ expression: "latency.p95 < 50ms", metric: "latency.p95", limit: 0.05, value: s.metrics["latency.p95"], low: s.metrics["latency.p95"] * 0.97, high: s.metrics["latency.p95"] * 1.04, verdict: "pass" });
  return s;
}

function broadcast(name, clients, messages) {
  const s = scenario(name, "websocket", `${clients} clients, ${messages} messages at 50/s`);
  const rows = Math.min(64, clients);
  const columns = Math.min(64, messages);
  const next = random(3);
  // Row 20 is deaf, row 45 slow, column 40 reached two of three.
  const grid = { clients_per_row: Math.ceil(clients / rows), messages_per_column: Math.ceil(messages / columns), expected: [], delivered: [], mean_latency: [] };
  grid.rows = Math.ceil(clients / grid.clients_per_row);
  grid.columns = Math.ceil(messages / grid.messages_per_column);
  let missing = 0;
  for (let i = 0; i < grid.rows; ++i)
    for (let j = 0; j < grid.columns; ++j) {
      const expected = Math.min(grid.clients_per_row, clients - i * grid.clients_per_row) * Math.min(grid.messages_per_column, messages - j * grid.messages_per_column);
      const lost = i === 20 ? expected : j === 40 ? Math.round(expected / 3) : 0;
      missing += lost;
      grid.expected.push(expected);
      grid.delivered.push(expected - lost);
      grid.mean_latency.push(lost === expected ? 0 : 0.004 * (1 + i / rows) * (0.8 + 0.4 * next()) * (i === 45 ? 6 : 1));
    }
  for (const [family, typical] of [["broadcast.latency", 0.006], ["broadcast.first", 0.001], ["broadcast.median", 0.006], ["broadcast.last", 0.02], ["connect.time", 0.004], ["connect.tcp", 0.001], ["connect.upgrade", 0.003]]) add_times(s, family, typical, family.startsWith("broadcast.l") ? clients * messages : messages, 5);
  const expected = clients * messages;
  Object.assign(s.metrics, {
    "connect.attempted": clients, "connect.succeeded": clients, "connect.failed": 0, "connect.lost": 2, "connect.success_rate": 1,
    "broadcast.published": messages, "broadcast.expected": expected, "broadcast.delivered": expected - missing, "broadcast.missing": missing, "broadcast.duplicates": 3, "broadcast.reordered": 1, "broadcast.late": 0, "broadcast.foreign": 0, "broadcast.corrupt": 0, "broadcast.incomplete": messages, "broadcast.delivery_rate": 1 - missing / expected, "broadcast.rate": 250000,
    "service.memory.baseline": 21e6, "service.memory.peak": 141e6, "service.memory.growth": 119e6, "service.memory.per_connection": 11900, "service.cpu.mean": 0.7, "service.cpu.peak": 1.2, "service.threads.peak": 9, "service.fds.peak": clients + 12,
  });
  for (let i = 0; i < 100; ++i) {
    const open = Math.min(clients, (i * clients) / 30);
    s.series.push({ start: i, length: 1, measured: true, values: { connections: open, "broadcast.rate": i > 30 ? 250000 * (0.9 + 0.2 * next()) : 0, "broadcast.latency.p50": 0.005, "broadcast.latency.p95": 0.01 * (1 + next()), "broadcast.latency.p99": 0.02 * (1 + next()), "broadcast.latency.max": 0.1 * (1 + next()), "service.memory": 21e6 + 11900 * open, "service.cpu": 0.5 + 0.5 * next(), "service.fds": open + 12, "service.connections": open } });
  }
  s.ledger = {
    clients: Array.from({ length: 100 }, (_, i) => ({ client: 3125 + i, expected: messages, delivered: i, missing: messages - i, duplicates: 0, reordered: 0 })),
    messages: Array.from({ length: 100 }, (_, i) => ({ message: 3125 + i, expected: clients, delivered: clients - 100 + i, missing: 100 - i, last: 0.5 })),
    anomalies: [{ kind: "duplicate", client: 5, message: 77 }, { kind: "reordered", client: 9, message: 12, displacement: 2 }],
    all_clients: clients,
    further_anomalies: 7,
    grid,
  };
  s.targets.push({ expression: "broadcast.delivery_rate > 99%", metric: "broadcast.delivery_rate", limit: 0.99, value: 1 - missing / expected, verdict: "fail" });
  s.verdict = "fail";
  s.findings.push({ rule: "slow_consumer", severity: "high", evidence: "One band of clients received nothing.", invalidates: false });
  return s;
}

function recovery(name) {
  const s = scenario(name, "websocket", "10 clients, 5 cycles");
  for (const [family, typical] of [["recovery.detected", 0.001], ["recovery.time", 0.05], ["recovery.first_message", 0.09], ["connect.time", 0.004]]) add_times(s, family, typical, 50, 9);
  Object.assign(s.metrics, { "connect.attempted": 60, "connect.succeeded": 60, "connect.failed": 0, "connect.success_rate": 1, "recovery.drops": 50, "recovery.recovered": 49, "recovery.success_rate": 0.98, "recovery.lost": 4 });
  // In cycle 4 client 7 does not come back; client 3 is slow in every one.
  const cycles = [1, 2, 3, 4, 5];
  s.recovery = {
    cycles: cycles.map((n) => ({ start: n, dropped: 10, recovered: n === 4 ? 9 : 10, heard: n === 4 ? 9 : 10, lost: n === 2 ? 4 : 0, mean_open: 0.05, slowest_open: 0.2, mean_heard: 0.09, slowest_heard: 0.3 })),
    further_cycles: 0,
    returns: cycles.flatMap((n) => Array.from({ length: 10 }, (_, client) => ({ client, cycle: n, dropped: n, ...(n === 4 && client === 7 ? {} : client === 3 ? { open: n + 0.2, heard: n + 0.3 } : { open: n + 0.03 + 0.001 * client, heard: n + 0.07 }) }))),
    further_returns: 0,
  };
  return s;
}

function with_profile(s) {
  const frames = ["main", "serve::Loop::run", "parse_request", "code_graph::search<std::string>", "memcpy", "write"].map((name) => ({ name }));
  s.profile = { shared: { frames }, profiles: [{ type: "sampled", unit: "seconds", samples: [[0, 1, 2], [0, 1, 3], [0, 1, 3, 4], [0, 1, 5]], weights: [0.1, 0.5, 0.3, 0.1] }] };
  return s;
}

const large = () => document_of("ten thousand clients", [broadcast("broadcast", 10000, 5000)]);
const day = () => document_of("a day", [http("steady", 600, 144)]);
const everything = () => document_of("everything", [with_profile(http("browse", 60, 1)), broadcast("broadcast_50_clients", 50, 50), recovery("recovery_10_clients_5_cycles")]);

function hostile() {
  const markup = `</script><img src=x onerror="window.hurt=1"><script>window.hurt=1</script>`;
  const s = http(`${markup} name`, 20, 1);
  s.plan = `\u202Eright to left\u202C ${markup} \u0000\u0007\u001b[2J`;
  s.verdict = "fail";
  s.problem = `javascript:window.hurt=1 ${markup}`;
  s.notes = [markup, "x".repeat(100 * 1024), "שלום עולם"];
  s.findings = [{ rule: markup, severity: "high", evidence: markup, invalidates: false }];
  s.targets = [{ expression: `step.${markup}.latency.p95 < 1s`, metric: `step.${markup}.latency.p95`, limit: 1, value: 2, verdict: "fail", reason: markup }];
  for (const metric of ["requests", "rate", "error_rate", "latency.p50"]) for (const step of [markup, "other"]) s.metrics[`step.${step}.${metric}`] = 1;
  s.series[3].values[markup] = 5;
  s.ledger = { clients: [{ [markup]: markup, missing: 4 }] };
  s.metrics["broadcast.published"] = 1;
  const d = document_of(markup, [s]);
  d.run.command = `loadstone http '${markup}'`;
  d.run.environment = { [markup]: markup };
  d.losses = [markup];
  d.partial = true;
  return d;
}

// What `loadstone limit` says: steps up to 1,000/s of a service that holds 800/s, and a law over 1 to 40 users unless there
// were too few steps for one.
function limit({ name = "GET /api", folder = "step", fits = true } = {}) {
  const times = (p50) => ({ family: "latency", p50, p95: 3 * p50, p99: 5 * p50 });
  const step = (rate, i) => {
    const over = rate > 800;
    return { rate, arrivals: rate * 0.99, completed: Math.min(rate * 0.99, 790), concurrency: rate / 100, overloaded: over, verdict: rate > 700 ? "fail" : "pass", ...(rate > 700 ? { reason: "latency.p95 < 50ms" } : {}), folder: `${folder}-${i + 1}`, times: times(rate > 800 ? 0.8 : 0.002 * (1 + rate / 200)) };
  };
  const law = (n) => (100 * n) / (1 + 0.05 * (n - 1) + 0.002 * n * (n - 1));
  const numbers = fits ? [1, 2, 3, 4, 6, 9, 13, 19, 28, 40] : [1, 2, 4];
  return {
    schema: "loadstone-limit/1", seed: 1, of: "rate", verdict: "pass", sustainable: 640, knee: 790, capacity: 785, why: "at 1000/s the service completed 785/s and requests piled up",
    run: { suite: name, command: "loadstone limit http://127.0.0.1:8000/api", version: "0.1.0", seed: 1, shards: 1, started_at: 1.7e9, environment: { cpu: "made up" } },
    name, plan: "steps of 10 s after 5 s", targets: [{ expression: "latency.p95 < 50ms", metric: "latency.p95", limit: 0.05 }],
    steps: [200, 400, 640, 790, 1000, 900].map(step),
    users: numbers.map((n) => ({ rate: n, arrivals: 0, completed: law(n) * (n === 9 ? 0.97 : 1.01), concurrency: n, overloaded: false, verdict: n === 28 ? "invalid" : "pass", folder: `users-${n}`, times: times(n / law(n)) })),
    scaling: fits
      ? { text: "contention 5.0 % (4.0 to 6.0 %), coherency 0.002: most throughput, 740/s, at 22 at once", identified: "coherency", gamma: 100, alpha: 0.05, beta: 0.002, peak: 21.8, points: numbers.map((n) => [n, law(n)]), curve: [...numbers, ...Array.from({ length: 61 }, (_, i) => 1 + 0.65 * i)].sort((a, b) => a - b).map((n) => [n, law(n)]) }
      : { text: "not identifiable: 4 steps, at least 9 are needed", identified: "nothing", gamma: 100, alpha: 0, beta: 0, peak: null, points: [] },
  };
}

// What `loadstone compare` says of `everything` and another one.
function comparison(name = "browse") {
  const metric = (m, verdict, a, b, effect) => ({ metric: m, gates: true, verdict, a, b, effect, low: effect - 0.02, high: effect + 0.03, margin: 0.05, p: 0.01, p_raised: 0.02, count: 30, reason: verdict === "inconclusive" ? "too few pairs" : undefined });
  return {
    schema: "loadstone-comparison/1",
    a: "v1.2",
    b: "v1.3",
    seed: 1,
    verdict: "regressed",
    scenarios: [{ name, design: "interleaved", verdict: "regressed", level: 0.025, metrics: [metric("latency.p95", "regressed", 0.02, 0.024, 0.2), metric("rate", "not_regressed", 500, 498, 0.004), metric("latency.p99", "inconclusive", 0.03, 0.031, 0.03)], shift: [0.1, 0.25, 0.5, 0.75, 0.9].map((quantile) => ({ quantile, change: quantile - 0.3, low: quantile - 0.4, high: quantile - 0.2 })), notes: ["B was slower where it is slow already."] }],
    notes: [],
  };
}

// What loadstone's own html format makes of results, from the page as it was built.
function page_of(template, payload) {
  const page = fs.readFileSync(template, "utf8");
  const json = JSON.stringify(payload).replace(/</g, "\\u003c");
  return page.replace("@results@", () => json);
}

module.exports = { broadcast, comparison, day, document_of, everything, hostile, http, large, limit, page_of, recovery, with_profile };
