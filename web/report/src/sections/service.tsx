// What the load cost the service under test: memory, processor, descriptors.
import { Plot } from "../charts/plot";
import { show_metric, show_position, unit_of } from "../show";
import { Facts } from "../table";
import { bands_of, lines_over_time } from "./over_time";
import { has, in_series, type Section, type SectionProps } from "./section";

const named: Record<string, string> = {
  "service.memory": "memory",
  "service.cpu": "cores used",
  "service.fds": "open descriptors",
  "service.connections": "connections",
  "service.threads": "threads",
};

const keys_of = (s: SectionProps["s"]) =>
  [...new Set(s.series.flatMap((p) => Object.keys(p.values)))]
    .filter((key) => key.startsWith("service."))
    .sort((a, b) => order(a) - order(b) || a.localeCompare(b));
const order = (key: string) => {
  const at = Object.keys(named).indexOf(key);
  return at < 0 ? 99 : at;
};

// Memory against connections: a slope is what one connection costs.
function Against(props: SectionProps) {
  const { s } = props;
  const count = in_series(s, "service.connections") ? "service.connections" : "connections";
  const points = s.series
    .filter((p) => p.values["service.memory"] !== undefined && p.values[count] !== undefined)
    .sort((a, b) => a.values[count] - b.values[count]);
  if (points.length < 4 || points[points.length - 1].values[count] < 1.5 * Math.max(points[0].values[count], 1)) return null;
  return (
    <Plot
      title="memory against connections"
      x={points.map((p) => p.values[count])}
      lines={[{ label: "memory", color: "--purple", points: true, values: points.map((p) => p.values["service.memory"]) }]}
      unit="bytes"
      show_x={(v) => String(Math.round(v))}
      height={170}
    />
  );
}

export const service: Section = {
  id: "service",
  title: "The service",
  applies: (s) => has(s, "service.") || in_series(s, "service.memory") || in_series(s, "service.cpu"),
  View: (props) => {
    const { s, sync } = props;
    const colors = ["--purple", "--green", "--sky", "--blue", "--yellow"];
    const metric = (name: string) => show_metric(s.metrics, `service.${name}`);
    return (
      <>
        <Facts
          facts={[
            ["memory before the load", metric("memory.baseline")],
            ["highest", metric("memory.peak")],
            ["growth", metric("memory.growth")],
            ["per connection", metric("memory.per_connection")],
            ["leak", metric("memory.leak_rate")],
            ["cores used, mean", metric("cpu.mean")],
            ["cores used, highest", metric("cpu.peak")],
            ["threads", metric("threads.peak")],
            ["descriptors", metric("fds.peak")],
            ["context switches", metric("context_switches")],
          ]}
        />
        <div class="plots">
          {keys_of(s).map((key, i) => {
            const line = { label: named[key] ?? key, color: colors[i % colors.length] };
            const { x, lines } = lines_over_time(props, [{ key, line }]);
            return (
              <Plot key={key} title={named[key] ?? key} x={x} lines={lines} unit={unit_of(key)} show_x={show_position} bands={bands_of(s)} height={150} sync={sync} />
            );
          })}
          <Against {...props} />
        </div>
      </>
    );
  },
};
