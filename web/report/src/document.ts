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

// Deliveries by band of clients (rows) and band of messages (columns).
export interface Matrix {
  clients: number;
  messages: number;
  cells: Cell[][];
}
export interface Cell {
  missing: number;
  delay?: number; // mean, seconds; absent where nothing was delivered
}

export interface Ledger {
  clients?: Account[];
  messages?: Account[];
  anomalies?: Account[];
  matrix?: Matrix;
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
  profile?: Profile;
  running?: boolean; // live: it is not over
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
  result: Result;
}

// What compare found, one row for each metric of each scenario (docs/result-format.md).
export interface Comparison {
  verdict?: string;
  scenarios?: { name: string; metrics?: Difference[]; [key: string]: unknown }[];
}
export interface Difference {
  metric: string;
  verdict?: string;
  effect?: number; // relative: 0.05 is 5 % more
  low?: number;
  high?: number;
  reason?: string;
}

// What stands in the page's <script id="results">.
export interface Payload {
  results: Named[];
  comparison?: Comparison;
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
    ledger: s.ledger ? { ...s.ledger, matrix: matrix_of(s.ledger.matrix) } : undefined,
  }));
  return { ...result, scenarios, losses: list<string>(result.losses) };
}

// Cells may also be written as pairs [missing, delay], which are a third of the bytes.
function matrix_of(matrix: unknown): Matrix | undefined {
  const m = matrix as { clients?: number; messages?: number; cells?: unknown } | undefined;
  if (!m || !Array.isArray(m.cells) || !Array.isArray(m.cells[0])) return undefined;
  const cells = (m.cells as unknown[][]).map((row) =>
    row.map((cell): Cell => {
      if (Array.isArray(cell)) return { missing: cell[0] ?? 0, delay: cell[1] ?? undefined };
      const c = (cell ?? {}) as { missing?: number; delay?: number };
      return { missing: c.missing ?? 0, delay: c.delay };
    }),
  );
  return { clients: m.clients ?? cells.length, messages: m.messages ?? cells[0].length, cells };
}

export function read_payload(text: string): Payload {
  const payload = JSON.parse(text) as Payload;
  return { ...payload, results: list<Named>(payload.results).map((n) => ({ ...n, result: complete(n.result) })) };
}

export const complete_result = complete;
