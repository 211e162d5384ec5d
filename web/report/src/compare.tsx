// Several results side by side: what each says of every scenario, and how far apart they are. Whether a difference means
// something is for `compare` to say; its words stand beside the figures when they are there.
import type { Comparison, Named, Scenario } from "./document";
import { headline, overlay_style } from "./families";
import { show_metric, show_time } from "./show";
import { Table } from "./table";
import { short, Text } from "./text";
import { Pill } from "./verdict";

function metrics_of(scenarios: (Scenario | undefined)[]): string[] {
  const main = scenarios.map((s) => s && headline(s)?.name).find((name) => name) ?? "latency";
  const wanted = ["rate", "broadcast.rate", `${main}.p50`, `${main}.p95`, `${main}.p99`, "error_rate", "broadcast.delivery_rate", "recovery.success_rate", "service.memory.peak", "service.cpu.mean"];
  return wanted.filter((m) => scenarios.some((s) => s?.metrics[m] !== undefined));
}

function difference(a: number | undefined, b: number | undefined): string {
  if (a === undefined || b === undefined) return "–";
  if (a === b) return "0 %";
  if (a === 0) return "from 0";
  const percent = (100 * (b - a)) / Math.abs(a);
  return `${percent > 0 ? "+" : "−"}${Math.abs(percent).toFixed(Math.abs(percent) < 10 ? 1 : 0)} %`;
}

export function Compare({ results, comparison }: { results: Named[]; comparison?: Comparison }) {
  const names = [...new Set(results.flatMap((r) => r.result.scenarios.map((s) => s.name)))];
  return (
    <section id="compare" class="card" aria-labelledby="compare-title">
      <h2 id="compare-title">Side by side</h2>
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
      {names.map((name) => {
        const scenarios = results.map((r) => r.result.scenarios.find((s) => s.name === name));
        const found = comparison?.scenarios?.find((s) => s.name === name);
        return (
          <div key={name} class="compare-scenario">
            <h3>
              <Text>{name}</Text>
            </h3>
            <Table
              label={`metrics of ${short(name)} in each result`}
              columns={[
                { title: "metric" },
                ...results.map((r) => ({ title: short(r.label, 30) })),
                ...(results.length === 2 ? [{ title: "difference" }] : []),
                ...(found ? [{ title: "judgement", text: true }] : []),
              ]}
              rows={metrics_of(scenarios).map((m) => [
                m,
                ...scenarios.map((s) => (s ? show_metric(s.metrics, m) : "–")),
                ...(results.length === 2 ? [difference(scenarios[0]?.metrics[m], scenarios[1]?.metrics[m])] : []),
                ...(found ? [short([found.metrics?.find((d) => d.metric === m)?.verdict, found.metrics?.find((d) => d.metric === m)?.reason].filter(Boolean).join(": "), 200)] : []),
              ])}
            />
          </div>
        );
      })}
    </section>
  );
}
