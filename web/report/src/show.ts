// Numbers with their units, in the words of the console's report (src/base/units.cc): three significant figures.

export type Unit = "seconds" | "per_second" | "ratio" | "count" | "bytes" | "bytes_per_second";

const statistics = /\.(min|mean|p[0-9_]+|max|stddev)$/;

// Of a metric, or of a value of the series.
export function unit_of(name: string): Unit {
  const last = name.replace(statistics, "");
  if (/(^|\.)(service\.memory|bytes)(\.|$)/.test(last)) return last.endsWith("leak_rate") ? "bytes_per_second" : "bytes";
  if (/(^|\.)(error|success|delivery)_rate$/.test(last)) return "ratio";
  if (last.endsWith("cpu.per_request")) return "seconds";
  if (/(^|\.)(service|generator)\.(cpu|busy|stolen)(\.|$)/.test(name)) return "ratio";
  if (/(^|\.)(service)\.(threads|fds|connections|context_switches)/.test(name)) return "count";
  if (/(^|\.)(rate|offered_rate|errors)$/.test(last) && !name.startsWith("errors.")) return "per_second";
  if (last.endsWith(".rate")) return "per_second";
  if (statistics.test(name) || name === "generator.paused" || name.startsWith("generator.lag")) return "seconds";
  return "count";
}

function figures(value: number): string {
  const a = Math.abs(value);
  if (a === 0) return "0";
  return value.toFixed(a >= 99.95 ? 0 : a >= 9.995 ? 1 : 2);
}

function scaled(value: number, steps: [string, number][], separator: string): string {
  let chosen = steps[0];
  for (const step of steps) if (Math.abs(value) >= step[1] * 0.9995) chosen = step;
  return figures(value / chosen[1]) + (chosen[0] ? separator + chosen[0] : "");
}

export function show_seconds(s: number): string {
  if (s === 0) return "0 s";
  if (Math.abs(s) < 60) return scaled(s, [["ns", 1e-9], ["µs", 1e-6], ["ms", 1e-3], ["s", 1]], " ");
  const total = Math.round(s);
  const two = (n: number) => String(n).padStart(2, "0");
  if (total >= 86400) return `${Math.floor(total / 86400)}d${Math.floor((total % 86400) / 3600)}h`;
  if (total >= 3600) return `${Math.floor(total / 3600)}h${two(Math.floor((total % 3600) / 60))}m`;
  return total % 60 === 0 ? `${total / 60}m` : `${Math.floor(total / 60)}m${two(total % 60)}s`;
}

export function show_count(n: number): string {
  return Number.isInteger(n) ? n.toLocaleString("en-US") : figures(n);
}

function show_ratio(value: number): string {
  const percent = value * 100;
  if (Number.isInteger(percent)) return `${percent} %`;
  // 99.98 % must not become 100 %: two places, and more near the ends.
  const edge = Math.min(Math.abs(percent), Math.abs(100 - percent));
  if (edge >= 0.005) return `${percent.toFixed(2)} %`;
  return `${Math.abs(percent) < 1 ? Number(percent.toPrecision(2)) : percent.toFixed(6)} %`;
}

export function show(value: number | undefined, unit: Unit): string {
  if (value === undefined || Number.isNaN(value)) return "–";
  switch (unit) {
    case "seconds":
      return show_seconds(value);
    case "per_second":
      return scaled(value, [["", 1], ["k", 1e3], ["M", 1e6], ["G", 1e9]], "") + "/s";
    case "ratio":
      return show_ratio(value);
    case "count":
      return show_count(value);
    case "bytes":
    case "bytes_per_second":
      return (
        scaled(value, [["B", 1], ["kB", 1e3], ["MB", 1e6], ["GB", 1e9], ["TB", 1e12]], " ") +
        (unit === "bytes" ? "" : "/s")
      );
  }
}

// Of an axis: the same without useless places ("10 ms", not "10.0 ms").
export function show_tick(value: number, unit: Unit): string {
  return show(value, unit).replace(/(\.\d*?)0+(?=\D|$)/, "$1").replace(/\.(?=\D|$)/, "");
}

export function show_metric(metrics: Record<string, number>, name: string): string {
  return show(metrics[name], unit_of(name));
}

export function show_time(seconds: number): string {
  if (!(seconds > 0 && seconds < 253402300800)) return "–";
  return new Date(seconds * 1000).toISOString().replace("T", " ").slice(0, 19) + " UTC";
}

// Positions in a run: "12 s", "3:05", "5:30:00".
export function show_position(seconds: number): string {
  const sign = seconds < 0 ? "−" : "";
  const s = Math.abs(seconds);
  if (s < 60) return `${sign}${Number(s.toFixed(2))} s`;
  const whole = Math.round(s);
  const two = (n: number) => String(n).padStart(2, "0");
  const minutes = `${Math.floor((whole % 3600) / 60)}`;
  return whole < 3600
    ? `${sign}${minutes}:${two(whole % 60)}`
    : `${sign}${Math.floor(whole / 3600)}:${minutes.padStart(2, "0")}:${two(whole % 60)}`;
}
