// Latency against load, when the load changed enough to show something: each point is a stretch of the run.
import { Plot, type Line } from "../charts/plot";
import type { Scenario } from "../document";
import { limits_on } from "../families";
import { show, show_count } from "../show";
import type { Section } from "./section";

const fewest = 8;

// Stages of a rate change the rate, stages of users the requests in flight.
function load_key(s: Scenario): "rate" | "in_flight" | null {
  const points = s.series.filter((p) => p.measured && p.values["latency.p50"] !== undefined);
  if (points.length < fewest || !/→|stage|ramp|\bto\b.*\//i.test(s.plan)) return null;
  const spread = (key: string) => {
    const values = points.map((p) => p.values[key] ?? 0).sort((a, b) => a - b);
    const low = values[Math.floor(values.length * 0.1)];
    const high = values[Math.floor(values.length * 0.9)];
    return high / Math.max(low, high / 1e3, 1e-9);
  };
  if (spread("rate") > 1.5) return "rate";
  return spread("in_flight") > 1.5 ? "in_flight" : null;
}

export const load: Section = {
  id: "load",
  title: "Load and latency",
  applies: (s) => load_key(s) !== null,
  View: ({ s }) => {
    const key = load_key(s)!;
    const points = s.series
      .filter((p) => p.measured && p.values["latency.p50"] !== undefined && p.values[key] !== undefined)
      .sort((a, b) => a.values[key] - b.values[key]);
    const x = points.map((p) => p.values[key]);
    const line = (label: string, color: string): Line => ({
      label,
      color,
      points: true,
      values: points.map((p) => p.values[`latency.${label}`]),
    });
    return (
      <div class="plots">
        <Plot
          title={key === "rate" ? "latency against throughput" : "latency against requests in flight"}
          x={x}
          lines={[line("p50", "--p50"), line("p95", "--p95"), line("p99", "--p99")]}
          unit="seconds"
          show_x={(v) => (key === "rate" ? show(v, "per_second") : show_count(Math.round(v)))}
          limits={limits_on(s, "latency")}
          log={points.length > 0 && Math.max(...points.map((p) => p.values["latency.p99"])) / Math.min(...points.map((p) => p.values["latency.p50"])) > 50}
          height={240}
          wide
        />
        {key === "in_flight" && (
          <Plot
            title="throughput against requests in flight"
            x={x}
            lines={[{ label: "rate", color: "--green", points: true, values: points.map((p) => p.values["rate"]) }]}
            unit="per_second"
            show_x={(v) => show_count(Math.round(v))}
            height={200}
            wide
          />
        )}
      </div>
    );
  },
};
