// How long things took: the whole distribution on an axis of nines, and the usual percentiles in figures.
import { align, curve_of, nines_ticks, show_nines } from "../charts/percentiles";
import { Plot, type Line } from "../charts/plot";
import { headline, limits_on, overlay_style, present } from "../families";
import { show_metric } from "../show";
import { Table } from "../table";
import type { Section, SectionProps } from "./section";

const statistics = ["min", "mean", "p50", "p90", "p95", "p99", "p99_9", "p99_99", "max"];

function lines_of({ s, label, beside }: SectionProps): { x: number[]; lines: Line[] } {
  const main = headline(s)?.name ?? "latency";
  if (beside.length > 0) {
    const all = [{ label, s }, ...beside].filter((b) => b.s.histograms[main]);
    const { x, values } = align(all.map((b) => curve_of(b.s.histograms[main])));
    return { x, lines: all.map((b, i) => ({ label: `${b.label}: ${main}`, values: values[i], width: 2, ...overlay_style(i) })) };
  }
  const shown = present(s).filter((f) => s.histograms[f.name]);
  const { x, values } = align(shown.map((f) => curve_of(s.histograms[f.name])));
  return {
    x,
    lines: shown.map((f, i) => ({
      label: f.name,
      values: values[i],
      color: f.color,
      dash: f.dash,
      width: f.name === main ? 2.25 : 1.5,
      // At first the headline and what makes up much of it; the others would press them together.
      hidden: f.name !== main && (["lag", "first_byte", "connect.time"].includes(f.name) || !((s.metrics[`${f.name}.max`] ?? 0) > 0.1 * (s.metrics[`${main}.max`] ?? 0))),
    })),
  };
}

function spread(lines: Line[]): boolean {
  const known = lines.slice(0, 1).flatMap((l) => l.values.filter((v): v is number => typeof v === "number" && v > 0));
  return known.length > 0 && Math.max(...known) / Math.min(...known) > 50;
}

export const times: Section = {
  id: "times",
  title: "Times",
  applies: (s) => present(s).length > 0,
  View: (props) => {
    const { s, beside, label } = props;
    const { x, lines } = lines_of(props);
    const main = headline(s)?.name ?? "latency";
    const rows = [{ label, s }, ...beside].flatMap((b) =>
      (beside.length > 0 ? present(b.s).filter((f) => f.name === main) : present(b.s)).map((f) => [
        <span class={f.part ? "part" : ""} title={f.about}>
          {beside.length > 0 ? <bdi>{b.label}: </bdi> : null}
          {f.name}
        </span>,
        ...statistics.map((name) => show_metric(b.s.metrics, `${f.name}.${name}`)),
      ]),
    );
    return (
      <>
        {lines.length > 0 && (
          <Plot
            title="percentiles"
            x={x}
            lines={lines}
            unit="seconds"
            show_x={show_nines}
            ticks_x={nines_ticks}
            limits={limits_on(s, main)}
            log={spread(lines)}
            height={240}
            wide
          />
        )}
        <Table
          label="percentiles of the times"
          columns={[{ title: "time" }, ...statistics.map((name) => ({ title: name.replace("_", ".") }))]}
          rows={rows}
        />
      </>
    );
  },
};
