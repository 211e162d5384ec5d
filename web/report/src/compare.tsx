// Several results side by side: what each says of every scenario, and how far apart they are. Whether a difference means
// something is for `loadstone compare` to say; where its findings are in the page they come first.
import { Plot } from "./charts/plot";
import type { Change, Comparison, Named, Scenario, Verdict } from "./document";
import { headline, overlay_style } from "./families";
import { show, show_metric, show_time, unit_of } from "./show";
import { Table } from "./table";
import { short, Text } from "./text";
import { Pill, Sign } from "./verdict";

// The words of a comparison with the signs of a verdict.
const signs: Record<string, Verdict> = { improved: "pass", not_regressed: "pass", inconclusive: "inconclusive", regressed: "fail", invalid: "invalid" };
function Judgement({ verdict }: { verdict: string }) {
  const sign = signs[verdict] ?? "inconclusive";
  return (
    <span class={`pill ${sign}`}>
      <Sign verdict={sign} />
      {short(verdict.replace(/_/g, " "), 30)}
    </span>
  );
}

const percent = (value: number | undefined) =>
  value === undefined ? "?" : `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(100 * value).toFixed(Math.abs(value) < 0.1 ? 1 : 0)} %`;

function interval(c: Change): string {
  if (c.low === undefined && c.high === undefined) return "–";
  if (c.low === undefined) return `at most ${percent(c.high)}`;
  return c.high === undefined ? `at least ${percent(c.low)}` : `${percent(c.low)} to ${percent(c.high)}`;
}

function Judged({ scenario: s }: { scenario: Comparison["scenarios"][number] }) {
  return (
    <>
      <p>
        <Judgement verdict={s.verdict} /> {s.design && <span class="soft">{short(s.design.replace(/_/g, " "))}</span>}
      </p>
      <Table
        label={`changes of ${short(s.name)}`}
        columns={[{ title: "metric" }, { title: "A" }, { title: "B" }, { title: "worse by" }, { title: "95 % interval" }, { title: "judgement", text: true }, { title: "why", text: true }]}
        rows={s.metrics.map((c) => [
          <span class={c.gates === false ? "part" : ""}>{short(c.metric)}</span>,
          show(c.a, unit_of(c.metric)),
          show(c.b, unit_of(c.metric)),
          percent(c.effect),
          interval(c),
          <Judgement verdict={c.verdict} />,
          c.reason ? <Text>{c.reason}</Text> : "",
        ])}
      />
      {s.shift && s.shift.length > 2 && (
        <Plot
          title="change of latency by quantile"
          x={s.shift.map((p) => p.quantile)}
          lines={[
            { label: "change", color: "--blue", width: 2, values: s.shift.map((p) => p.change) },
            { label: "low", color: "--grey", dash: [4, 3], values: s.shift.map((p) => p.low) },
            { label: "high", color: "--grey", dash: [4, 3], values: s.shift.map((p) => p.high) },
          ]}
          unit="ratio"
          show_x={(q) => `p${Number((100 * q).toFixed(1))}`}
          height={180}
          wide
        />
      )}
      {(s.notes ?? []).map((note, i) => (
        <p key={i} class="soft">
          <Text>{note}</Text>
        </p>
      ))}
    </>
  );
}

function metrics_of(scenarios: (Scenario | undefined)[]): string[] {
  const main = scenarios.map((s) => s && headline(s)?.name).find((name) => name) ?? "latency";
  const wanted = ["rate", "broadcast.rate", `${main}.p50`, `${main}.p95`, `${main}.p99`, "error_rate", "broadcast.delivery_rate", "recovery.success_rate", "service.memory.peak", "service.cpu.mean"];
  return wanted.filter((m) => scenarios.some((s) => s?.metrics[m] !== undefined));
}

function difference(a: number | undefined, b: number | undefined): string {
  if (a === undefined || b === undefined) return "–";
  if (a === b) return "0 %";
  return a === 0 ? "from 0" : percent((b - a) / Math.abs(a));
}

function Figures({ name, results }: { name: string; results: Named[] }) {
  const scenarios = results.map((r) => r.result.scenarios.find((s) => s.name === name));
  const two = results.length === 2;
  return (
    <Table
      label={`metrics of ${short(name)} in each result`}
      columns={[{ title: "metric" }, ...results.map((r) => ({ title: short(r.label, 30) })), ...(two ? [{ title: "difference" }] : [])]}
      rows={metrics_of(scenarios).map((m) => [
        m,
        ...scenarios.map((s) => (s ? show_metric(s.metrics, m) : "–")),
        ...(two ? [difference(scenarios[0]?.metrics[m], scenarios[1]?.metrics[m])] : []),
      ])}
    />
  );
}

export function Compare({ results, comparison }: { results: Named[]; comparison?: Comparison }) {
  const judged = comparison?.scenarios ?? [];
  // Without results the comparison is all there is.
  const [Heading, Below] = results.length > 0 ? (["h2", "h3"] as const) : (["h1", "h2"] as const);
  const names = [...new Set([...judged.map((s) => s.name), ...results.flatMap((r) => r.result.scenarios.map((s) => s.name))])];
  return (
    <section id="compare" class="card" aria-labelledby="compare-title">
      <Heading id="compare-title">
        Side by side {comparison && <Judgement verdict={comparison.verdict} />}
      </Heading>
      {comparison?.a && comparison.b && (
        <p>
          A is <Text>{comparison.a}</Text>, B is <Text>{comparison.b}</Text>.
        </p>
      )}
      <ul class="compared">
        {results.map((r, i) => (
          <li key={i}>
            <svg width="22" height="8" aria-hidden="true">
              <line x1="0" y1="4" x2="22" y2="4" stroke-width="3" stroke-dasharray={overlay_style(i).dash?.join(" ")} style={{ stroke: `var(${overlay_style(i).color})` }} />
            </svg>
            <b>
              <Text>{r.label}</Text>
            </b>
            <Pill verdict={r.result.verdict} />
            <span class="soft">
              {short(r.result.run.suite)}, {show_time(r.result.run.started_at)}
            </span>
          </li>
        ))}
      </ul>
      {(comparison?.notes ?? []).map((note, i) => (
        <p key={i} class="soft">
          <Text>{note}</Text>
        </p>
      ))}
      {names.map((name) => {
        const found = judged.find((s) => s.name === name);
        return (
          <div key={name} class="compare-scenario">
            <Below class="compare-name">
              <Text>{name}</Text>
            </Below>
            {found && <Judged scenario={found} />}
            {results.length > 0 && <Figures name={name} results={results} />}
          </div>
        );
      })}
    </section>
  );
}
