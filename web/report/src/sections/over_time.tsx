// How it went: every value of the series against time, with the warm-up and the stretches in which the generator was not
// fit to judge shaded.
import { Plot, type Band, type Line } from "../charts/plot";
import type { Point, Scenario } from "../document";
import { families, limits_on, overlay_style } from "../families";
import { show_position, unit_of } from "../show";
import type { Section, SectionProps } from "./section";

const middle = (p: Point) => p.start + p.length / 2;

function bands_where(series: Point[], kind: Band["kind"], holds: (p: Point) => boolean): Band[] {
  const bands: Band[] = [];
  for (const p of series) {
    if (!holds(p)) continue;
    const last = bands[bands.length - 1];
    if (last && p.start - last.to < p.length / 2) last.to = p.start + p.length;
    else bands.push({ from: p.start, to: p.start + p.length, kind });
  }
  return bands;
}
export const bands_of = (s: Scenario): Band[] => [
  ...bands_where(s.series, "warmup", (p) => !p.measured),
  ...bands_where(s.series, "unfit", (p) => ["generator.busy", "generator.stolen", "generator.paused"].some((k) => p.values[k] > 0)),
];

// One x for all results that are laid over one another.
export function lines_over_time({ s, label, beside }: SectionProps, keys: { key: string; line: Omit<Line, "values"> }[]) {
  if (beside.length === 0)
    return { x: s.series.map(middle), lines: keys.map(({ key, line }): Line => ({ ...line, values: s.series.map((p) => p.values[key]) })) };
  const all = [{ label, s }, ...beside];
  const x = [...new Set(all.flatMap((b) => b.s.series.map(middle)))].sort((a, b) => a - b);
  const lines = keys.slice(0, 1).flatMap(({ key }) =>
    all.map((b, i): Line => {
      // Between two of its own points a result has the value of the nearer one.
      const own = b.s.series;
      let at = 0;
      const values = x.map((t) => {
        while (at + 1 < own.length && Math.abs(middle(own[at + 1]) - t) <= Math.abs(middle(own[at]) - t)) ++at;
        const p = own[at];
        return p && Math.abs(middle(p) - t) <= p.length ? p.values[key] : null;
      });
      return { label: `${b.label}: ${key}`, values, ...overlay_style(i) };
    }),
  );
  return { x, lines };
}

interface Chart {
  title: string;
  keys: { key: string; line: Omit<Line, "values"> }[];
  family?: string;
  wide?: boolean;
}

const plain = (key: string, color: string, dash?: number[]) => ({ key, line: { label: key, color, dash } });

function charts_of(s: Scenario, overlaid: boolean): Chart[] {
  const keys = new Set(s.series.flatMap((p) => Object.keys(p.values)));
  const rest = new Set([...keys].filter((k) => !k.startsWith("service.")));
  const take = (wanted: { key: string; line: Omit<Line, "values"> }[]) => wanted.filter((w) => rest.delete(w.key));
  const charts: Chart[] = [];
  for (const f of families) {
    if (f.name === "lag") continue;
    const found = take([
      { key: `${f.name}.p95`, line: { label: "p95", color: "--p95", width: 2 } },
      { key: `${f.name}.p50`, line: { label: "p50", color: "--p50", dash: [10, 3] } },
      { key: `${f.name}.p99`, line: { label: "p99", color: "--p99", dash: [5, 3] } },
      { key: `${f.name}.max`, line: { label: "max", color: "--grey", points: true, hidden: overlaid } },
    ]);
    if (found.length > 0) charts.push({ title: overlaid ? `${f.name} p95` : f.name, keys: found, family: f.name, wide: true });
  }
  const rates = [...rest].filter((k) => k === "rate" || k.endsWith(".rate"));
  const colors = ["--green", "--blue", "--purple", "--sky"];
  const throughput = take(rates.map((k, i) => plain(k, colors[i % colors.length], i > 0 ? [6, 3] : undefined)));
  if (throughput.length > 0) charts.push({ title: "throughput", keys: throughput });
  const errors = take([plain("errors", "--orange")]);
  if (errors.length > 0) charts.push({ title: "errors", keys: errors });
  const open = take([plain("connections", "--purple"), plain("in_flight", "--sky", [6, 3])]);
  if (open.length > 0) charts.push({ title: "connections and requests in flight", keys: open });
  const lag = take([plain("lag.p99", "--grey")]);
  if (lag.length > 0) charts.push({ title: "generator: lag", keys: lag });
  const cpu = take([plain("generator.cpu", "--grey")]);
  if (cpu.length > 0) charts.push({ title: "generator: busiest thread", keys: cpu });
  for (const mark of ["generator.busy", "generator.stolen", "generator.paused"]) rest.delete(mark);
  // What this page has no words for yet is shown all the same.
  for (const key of [...rest].sort()) charts.push({ title: key, keys: [plain(key, "--blue")] });
  return charts;
}

export const over_time: Section = {
  id: "over-time",
  title: "Over time",
  applies: (s) => s.series.length > 1,
  View: (props) => {
    const { s, beside, sync } = props;
    return (
      <div class="plots">
        {charts_of(s, beside.length > 0).map((chart) => {
          const { x, lines } = lines_over_time(props, chart.keys);
          const known = lines.filter((l) => !l.hidden).flatMap((l) => l.values.filter((v): v is number => typeof v === "number" && v > 0));
          return (
            <Plot
              key={chart.title}
              title={chart.title}
              x={x}
              lines={lines}
              unit={unit_of(chart.keys[0].key)}
              show_x={show_position}
              bands={beside.length > 0 ? [] : bands_of(s)}
              limits={chart.family ? limits_on(s, chart.family) : []}
              log={chart.family !== undefined && known.length > 0 && Math.max(...known) / Math.min(...known) > 50}
              height={chart.wide ? 220 : 150}
              sync={sync}
              wide={chart.wide}
            />
          );
        })}
      </div>
    );
  },
};
