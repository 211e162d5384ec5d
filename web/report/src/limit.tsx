// What a search for the limit found: the highest load that holds, every step of the way there, and how the service scales.
import { Plot, type Line } from "./charts/plot";
import type { Limit, LimitStep, Verdict } from "./document";
import { show, show_count, show_time, unit_of } from "./show";
import { Table } from "./table";
import { short, Text } from "./text";
import { Pill, Sign } from "./verdict";

const load_of = (l: Limit, rate: number | null | undefined) =>
  rate === null || rate === undefined ? "–" : l.of === "clients" ? `${show_count(Math.round(rate))} clients` : show(rate, "per_second");

const sentences: Record<Verdict, string> = {
  pass: "",
  fail: "Nothing that was tried is sustainable.",
  inconclusive: "The steps were too short to judge the targets.",
  invalid: "The generator was the limit before anything could be said.",
};

export function LimitSummary({ limit: l }: { limit: Limit }) {
  return (
    <section id="summary" aria-label="summary" class={`hero ${l.verdict}`}>
      <div class="hero-verdict">
        <Sign verdict={l.verdict} />
        <span class={l.sustainable ? "as-written" : ""}>{l.sustainable ? load_of(l, l.sustainable) : l.verdict}</span>
      </div>
      <div class="hero-text">
        <h1>
          <Text>{l.name || "the limit"}</Text>
        </h1>
        <p>
          {l.sustainable ? `${load_of(l, l.sustainable)} can be sustained` : sentences[l.verdict]}
          {l.knee ? `; the knee is at ${load_of(l, l.knee)}` : ""}
          {l.capacity ? `; ${show(l.capacity, "per_second")} are completed when there is too much` : ""}.
        </p>
        <p class="soft">
          <Text>{l.why}</Text>
        </p>
        {l.processors && (
          <p class="soft">
            The service: <Text>{l.processors}</Text>
          </p>
        )}
        <p class="soft">
          {show_time(l.run.started_at)} · {show_count(l.steps.length + l.users.length)} steps · loadstone {l.run.version}
        </p>
      </div>
    </section>
  );
}

// What became of a step, each with a colour of its own; the words are in the legend.
const fates: [string, string, (s: LimitStep) => boolean][] = [
  ["held", "--green", (s) => s.verdict === "pass" && !s.overloaded],
  ["missed a target", "--orange", (s) => s.verdict === "fail" && !s.overloaded],
  ["too much", "--purple", (s) => s.overloaded && s.verdict !== "invalid"],
  ["undecided", "--yellow", (s) => s.verdict === "inconclusive" && !s.overloaded],
  ["generator was the limit", "--grey", (s) => s.verdict === "invalid"],
];
const fate_of = (s: LimitStep) => fates.find(([, , is]) => is(s))?.[0] ?? s.verdict;

function marks_of(l: Limit) {
  const marks = [];
  if (l.sustainable) marks.push({ at: l.sustainable, label: "sustainable" });
  if (l.knee && l.knee !== l.sustainable) marks.push({ at: l.knee, label: "knee" });
  return marks;
}

function family_of(steps: LimitStep[]): string {
  return steps.find((s) => s.times)?.times?.family ?? "latency";
}

function Times({ l, steps, title, show_x, marks }: { l: Limit; steps: LimitStep[]; title: string; show_x: (x: number) => string; marks?: { at: number; label: string }[] }) {
  const family = family_of(steps);
  const timed = steps.filter((s) => s.times?.family === family);
  if (timed.length < 2) return null;
  const known = timed.flatMap((s) => [s.times!.p50, s.times!.p99]).filter((v) => v > 0);
  const limits = (l.targets ?? []).filter((t) => t.metric.startsWith(`${family}.`)).map((t) => ({ at: t.limit, label: t.expression }));
  return (
    <Plot
      title={`${family} ${title}`}
      x={timed.map((s) => s.rate)}
      lines={[
        { label: "p50", color: "--p50", dash: [10, 3], values: timed.map((s) => s.times!.p50) },
        { label: "p95", color: "--p95", width: 2, values: timed.map((s) => s.times!.p95) },
        { label: "p99", color: "--p99", dash: [5, 3], values: timed.map((s) => s.times!.p99) },
      ]}
      unit="seconds"
      show_x={show_x}
      limits={limits}
      marks={marks}
      log={known.length > 0 && Math.max(...known) / Math.min(...known) > 50}
      height={220}
      wide
    />
  );
}

function Throughput({ l, steps }: { l: Limit; steps: LimitStep[] }) {
  const lines: Line[] = [{ label: "all that came", color: "--grey", dash: [3, 3], values: steps.map((s) => s.arrivals) }];
  for (const [label, color, is] of fates)
    if (steps.some(is)) lines.push({ label, color, points: true, size: 8, values: steps.map((s) => (is(s) ? s.completed : null)) });
  return (
    <Plot
      title="completed against load"
      x={steps.map((s) => s.rate)}
      lines={lines}
      unit="per_second"
      show_x={(v) => show(v, "per_second")}
      limits={l.capacity ? [{ at: l.capacity, label: "capacity" }] : []}
      marks={marks_of(l)}
      height={260}
      wide
    />
  );
}

function Steps({ l, steps }: { l: Limit; steps: LimitStep[] }) {
  const family = family_of(steps);
  return (
    <Table
      label="steps"
      columns={[{ title: l.of === "clients" ? "clients" : "load" }, { title: "came" }, { title: "completed" }, { title: "at once" }, { title: `${family} p50` }, { title: "p95" }, { title: "p99" }, { title: "outcome", text: true }, { title: "why", text: true }]}
      rows={steps.map((s) => [
        <a class="name" href={`${encodeURIComponent(s.folder)}/report.html`}>
          {load_of(l, s.rate)}
        </a>,
        l.of === "clients" ? "–" : show(s.arrivals, "per_second"),
        l.of === "clients" ? "–" : show(s.completed, "per_second"),
        l.of === "clients" ? "–" : s.concurrency.toFixed(1),
        show(s.times?.p50, "seconds"),
        show(s.times?.p95, "seconds"),
        show(s.times?.p99, "seconds"),
        fate_of(s),
        s.reason ? short(s.reason, 120) : "",
      ])}
    />
  );
}

export function LimitView({ limit: l }: { limit: Limit }) {
  const steps = [...l.steps].sort((a, b) => a.rate - b.rate);
  const show_x = (v: number) => (l.of === "clients" ? show_count(Math.round(v)) : show(v, "per_second"));
  return (
    <section id="limit" class="card" aria-labelledby="limit-title">
      <h2 id="limit-title">{l.of === "clients" ? "How many clients it holds" : "What rate it holds"}</h2>
      {l.plan && (
        <p class="soft">
          <Text>{l.plan}</Text>
          {(l.targets ?? []).length > 0 && <>; {l.targets!.map((t) => short(t.expression, 60)).join(", ")}</>}
        </p>
      )}
      <div class="plots limit-plots">
        {l.of !== "clients" && steps.length > 1 && <Throughput l={l} steps={steps} />}
        <Times l={l} steps={steps} title={l.of === "clients" ? "against clients" : "against load"} show_x={show_x} marks={marks_of(l)} />
      </div>
      <Steps l={l} steps={steps} />
    </section>
  );
}

// Gunther's law where the steps identify it; else the steps alone, and why no more can be said.
export function ScalingView({ limit: l }: { limit: Limit }) {
  const users = [...l.users].sort((a, b) => a.rate - b.rate);
  const valid = users.filter((s) => s.verdict !== "invalid" && s.completed > 0);
  const left_out = users.filter((s) => !valid.includes(s));
  const curve = l.scaling?.curve ?? [];
  const x = [...new Set([...curve.map(([n]) => n), ...users.map((s) => s.rate)])].sort((a, b) => a - b);
  const at = (pairs: [number, number][]) => {
    const known = new Map(pairs);
    return x.map((n) => known.get(n));
  };
  const lines: Line[] = [{ label: "measured", color: "--green", points: true, size: 8, values: at(valid.map((s) => [s.rate, s.completed])) }];
  if (curve.length > 0) lines.push({ label: "fitted law", color: "--blue", width: 2, values: at(curve) });
  if (left_out.length > 0) lines.push({ label: "generator was the limit", color: "--grey", points: true, size: 8, values: at(left_out.map((s) => [s.rate, s.completed])) });
  const identified = !!l.scaling && l.scaling.identified !== "nothing";
  return (
    <section id="scaling" class="card" aria-labelledby="scaling-title">
      <h2 id="scaling-title">How it scales with users</h2>
      <p class={identified ? "" : "notice"}>
        <Text>{l.scaling ? l.scaling.text : "not identifiable: fewer than four steps of a closed loop could be used"}</Text>
      </p>
      <div class="plots limit-plots">
        <Plot
          title="throughput against users"
          x={x}
          lines={lines}
          unit="per_second"
          show_x={(v) => show_count(Math.round(v))}
          marks={l.scaling?.peak && l.scaling.identified === "coherency" ? [{ at: l.scaling.peak, label: "most throughput" }] : []}
          height={260}
          wide
        />
        <Times l={l} steps={users} title="against users" show_x={(v) => show_count(Math.round(v))} />
      </div>
      <Table
        label="steps of users"
        columns={[{ title: "users" }, { title: "completed" }, { title: "p50" }, { title: "p95" }, { title: "p99" }, { title: "verdict", text: true }]}
        rows={users.map((s) => [
          <a class="name" href={`${encodeURIComponent(s.folder)}/report.html`}>
            {show_count(s.rate)}
          </a>,
          show(s.completed, "per_second"),
          show(s.times?.p50, unit_of("latency.p50")),
          show(s.times?.p95, unit_of("latency.p95")),
          show(s.times?.p99, unit_of("latency.p99")),
          <Pill verdict={s.verdict} />,
        ])}
      />
    </section>
  );
}
