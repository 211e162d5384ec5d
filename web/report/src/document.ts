// The result document as the page reads it (docs/result-format.md). Whatever a version does not have is absent: every
// section asks for what it needs and stays away without it.

export type Verdict = "pass" | "fail" | "inconclusive" | "invalid";

export interface Target {
  expression: string;
  metric: string;
  limit: number;
  verdict: Verdict;
  value?: number;
  low?: number;
  high?: number;
  reason?: string;
}

export interface Finding {
  rule: string;
  severity: "note" | "warning" | "high";
  evidence: string;
  invalidates?: boolean;
}

export interface Point {
  start: number;
  length: number;
  measured: boolean;
  values: Record<string, number>;
}

// A client's or a message's account; which counts it has is up to whoever kept the ledger.
export type Account = Record<string, number | string>;

// All deliveries in a coarse grid, row by row: rows of neighbouring clients, columns of neighbouring messages.
export interface Grid {
  clients_per_row: number;
  messages_per_column: number;
  rows: number;
  columns: number;
  expected: number[];
  delivered: number[];
  mean_latency: number[]; // seconds
}

export interface Ledger {
  clients?: Account[];
  messages?: Account[];
  all_clients?: number;
  anomalies?: Account[];
  further_anomalies?: number; // not listed
  grid?: Grid;
}

// How clients that were dropped came back; times are seconds since the start of the measured time.
export interface RecoveryCycle {
  start: number;
  dropped: number;
  recovered: number;
  heard: number;
  lost: number;
  mean_open: number;
  slowest_open: number;
  mean_heard: number;
  slowest_heard: number;
}
export interface Return {
  client: number;
  cycle: number; // from 1
  dropped: number;
  open?: number; // absent: it never came back
  heard?: number; // absent: no message came
}
export interface Recovery {
  cycles: RecoveryCycle[];
  further_cycles?: number; // not listed
  returns: Return[];
  further_returns?: number;
}

// What the page reads of a speedscope file.
export interface Profile {
  shared: { frames: { name: string; file?: string; line?: number }[] };
  profiles: { name?: string; type: string; unit?: string; samples: number[][]; weights: number[] }[];
}

export interface Scenario {
  name: string;
  kind: string;
  plan: string;
  problem: string;
  interrupted: boolean;
  measured_seconds: number;
  verdict: Verdict;
  metrics: Record<string, number>;
  targets: Target[];
  histograms: Record<string, string>;
  series: Point[];
  findings: Finding[];
  notes: string[];
  ledger?: Ledger;
  recovery?: Recovery;
  profile?: Profile;
  stage?: "running" | "waiting"; // live: it goes on, or has not begun
}

export interface Result {
  schema: string;
  run: {
    suite: string;
    suite_file?: string;
    command: string;
    version: string;
    reactor?: string;
    seed: number;
    shards?: number;
    started_at: number;
    environment: Record<string, string>;
  };
  partial: boolean;
  losses: string[];
  summary: { total: number; passed: number; failed: number; inconclusive: number; invalid: number };
  verdict: Verdict;
  scenarios: Scenario[];
}

export interface Named {
  label: string;
  place?: string; // where it is from
  result: Result;
}

// What `loadstone compare` found (schema loadstone-comparison/1): B against A. Effects are relative, positive when B is
// worse; for shares they are differences.
export interface Comparison {
  a?: string;
  b?: string;
  verdict: string;
  scenarios: {
    name: string;
    design?: string;
    verdict: string;
    level?: number; // one-sided, of each test and interval
    metrics: Change[];
    shift?: { quantile: number; change: number; low: number; high: number }[];
    notes?: string[];
  }[];
  notes?: string[];
}
export interface Change {
  metric: string;
  gates?: boolean;
  verdict: string;
  a?: number;
  b?: number;
  effect: number;
  low?: number;
  high?: number;
  margin?: number;
  reason?: string;
}

// What `loadstone limit` found (schema loadstone-limit/1).
export interface LimitStep {
  rate: number; // asked for; or the number of clients, or of users
  arrivals: number;
  completed: number;
  concurrency: number;
  overloaded: boolean;
  verdict: Verdict;
  reason?: string;
  folder: string;
  times?: { family: string; p50: number; p95: number; p99: number };
}
export interface Limit {
  of: "rate" | "clients";
  verdict: Verdict;
  sustainable: number | null;
  knee: number | null;
  capacity: number | null;
  why: string;
  processors?: string; // what its cores would allow
  run: Result["run"];
  name?: string;
  plan?: string;
  targets?: { expression: string; metric: string; limit: number }[];
  steps: LimitStep[];
  users: LimitStep[]; // of a closed loop
  scaling?: {
    text: string;
    identified: "nothing" | "contention" | "coherency";
    peak: number | null;
    curve?: [number, number][];
  };
}

// What stands in the page's <script id="results">.
export interface Payload {
  results: Named[];
  comparison?: Comparison;
  limit?: Limit;
  live?: string; // where the page of a running test gets its updates
}

const list = <T>(value: unknown): T[] => (Array.isArray(value) ? (value as T[]) : []);

// Older and foreign documents may lack what ours always have.
function complete(result: Result): Result {
  const scenarios = list<Scenario>(result.scenarios).map((s) => ({
    ...s,
    name: s.name ?? "",
    plan: s.plan ?? "",
    problem: s.problem ?? "",
    metrics: s.metrics ?? {},
    targets: list<Target>(s.targets),
    histograms: s.histograms ?? {},
    series: list<Point>(s.series),
    findings: list<Finding>(s.findings),
    notes: list<string>(s.notes),
  }));
  return { ...result, scenarios, losses: list<string>(result.losses) };
}

export function read_payload(text: string): Payload {
  const payload = JSON.parse(text) as Payload;
  return { ...payload, results: list<Named>(payload.results).map((n) => ({ ...n, result: complete(n.result) })) };
}

export const complete_result = complete;
