// Several results side by side: what each says of every scenario, and how far apart they are. Whether a difference means
// something is for `loadstone compare` to say; where its findings are in the page they come first.
import { Changes, sign_of, show_change, word_of } from "./changes";
import type { Comparison, Named, Scenario } from "./document";
import { headline, overlay_style } from "./families";
import { show_metric, show_time } from "./show";
import { Table } from "./table";
import { short, Text } from "./text";
import { Pill, Sign } from "./verdict";

const sentences: Record<string, string> = {
  regressed: "B is worse than A, and not by chance.",
  not_regressed: "B is not worse than A by as much as a margin.",
  improved: "B is better than A, and not by chance.",
  inconclusive: "What was measured does not tell B from A.",
  invalid: "It cannot be judged: the generator decided the numbers, or a build did not run.",
};

// The first five seconds of a comparison.
export function CompareSummary({ comparison: c }: { comparison: Comparison }) {
  const sign = sign_of(c.verdict);
  const worse = c.scenarios.flatMap((s) => s.metrics.filter((m) => m.verdict === "regressed" && m.gates !== false).map((m) => `${m.metric} ${show_change(m.effect)} in ${short(s.name, 60)}`));
  return (
    <section id="summary" aria-label="summary" class={`hero ${sign}`}>
      <div class="hero-verdict">
        <Sign verdict={sign} />
        <span>{word_of(c.verdict)}</span>
      </div>
      <div class="hero-text">
        <h1>B against A</h1>
        <p>{sentences[c.verdict] ?? ""}</p>
        {worse.length > 0 && (
          <p class="soft">
            {worse.slice(0, 3).join("; ")}
            {worse.length > 3 && `; ${worse.length - 3} more`}
          </p>
        )}
      </div>
    </section>
  );
}

export const compared_names = (results: Named[], comparison?: Comparison) => [
  ...new Set([...results.flatMap((r) => r.result.scenarios.map((s) => s.name)), ...(comparison?.scenarios ?? []).map((s) => s.name)]),
];

function metrics_of(scenarios: (Scenario | undefined)[]): string[] {
  const main = scenarios.map((s) => s && headline(s)?.name).find((name) => name) ?? "latency";
  const wanted = ["rate", "broadcast.rate", `${main}.p50`, `${main}.p95`, `${main}.p99`, "error_rate", "broadcast.delivery_rate", "recovery.success_rate", "service.memory.peak", "service.cpu.mean"];
  return wanted.filter((m) => scenarios.some((s) => s?.metrics[m] !== undefined));
}

function difference(a: number | undefined, b: number | undefined): string {
  if (a === undefined || b === undefined) return "–";
  if (a === b) return "0 %";
  return a === 0 ? "from 0" : show_change((b - a) / Math.abs(a));
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

function Sides({ results, comparison: c }: { results: Named[]; comparison?: Comparison }) {
  if (results.length === 0)
    return c?.a && c.b ? (
      <ul class="compared">
        {[c.a, c.b].map((what, i) => (
          <li key={i}>
            <b>{"AB"[i]}</b>
            <code>
              <Text>{what}</Text>
            </code>
          </li>
        ))}
      </ul>
    ) : null;
  return (
    <ul class="compared">
      {results.map((r, i) => (
        <li key={i}>
          <svg width="22" height="8" aria-hidden="true">
            <line x1="0" y1="4" x2="22" y2="4" stroke-width="3" stroke-dasharray={overlay_style(i).dash?.join(" ")} style={{ stroke: `var(${overlay_style(i).color})` }} />
          </svg>
          <b>
            <Text>{r.label}</Text>
          </b>
          {r.place && (
            <span>
              <Text>{r.place}</Text>
            </span>
          )}
          <Pill verdict={r.result.verdict} />
          <span class="soft">
            {short(r.result.run.suite)}, {show_time(r.result.run.started_at)}
          </span>
        </li>
      ))}
    </ul>
  );
}

export function Compare({ results, comparison }: { results: Named[]; comparison?: Comparison }) {
  return (
    <section id="compare" class="card" aria-labelledby="compare-title">
      <h2 id="compare-title">Side by side</h2>
      <Sides results={results} comparison={comparison} />
      {(comparison?.notes ?? []).map((note, i) => (
        <p key={i} class="soft">
          <Text>{note}</Text>
        </p>
      ))}
      {compared_names(results, comparison).map((name, i) => {
        const found = comparison?.scenarios.find((s) => s.name === name);
        const figures = results.length > 0 && <Figures name={name} results={results} />;
        return (
          <div key={name} id={`c${i}`} class="compare-scenario">
            <h3 class="compare-name">
              <Text>{name}</Text>
            </h3>
            {found && <Changes scenario={found} />}
            {/* What is judged is said above; of further results the figures are all there is. */}
            {found && results.length === 2 ? (
              <details class="compare-figures">
                <summary>Figures of each result</summary>
                {figures}
              </details>
            ) : (
              figures
            )}
          </div>
        );
      })}
    </section>
  );
}
