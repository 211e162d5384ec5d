// The families of times, with the words and colours every chart gives them.
import type { Limit } from "./charts/plot";
import type { Scenario } from "./document";
import { show, show_metric } from "./show";

export interface Family {
  name: string;
  about: string;
  color: string;
  dash?: number[];
  part?: boolean; // of the one above it
}

export const families: Family[] = [
  { name: "latency", about: "due to done", color: "--blue" },
  { name: "wait", about: "due until a connection was free: the service held them all", color: "--yellow", dash: [6, 3], part: true },
  { name: "lag", about: "free until sent: the generator's own doing", color: "--grey", dash: [2, 3], part: true },
  { name: "service_time", about: "sent to done", color: "--green", dash: [10, 3], part: true },
  { name: "first_byte", about: "sent to the first byte of the answer", color: "--sky", dash: [4, 2] },
  { name: "rtt", about: "message due to its reply", color: "--blue" },
  { name: "broadcast.latency", about: "publish due to received, every delivery", color: "--blue" },
  { name: "broadcast.first", about: "to the first client, per message", color: "--sky", dash: [4, 2], part: true },
  { name: "broadcast.median", about: "to the median client, per message", color: "--green", dash: [10, 3], part: true },
  { name: "broadcast.last", about: "to the last client, per message", color: "--orange", dash: [6, 3], part: true },
  { name: "recovery.detected", about: "drop until the client noticed", color: "--sky", dash: [4, 2] },
  { name: "recovery.time", about: "drop to open", color: "--purple" },
  { name: "recovery.first_message", about: "drop to the first message", color: "--orange", dash: [6, 3] },
  { name: "connect.time", about: "begun to ready for use", color: "--purple", dash: [8, 2, 2, 2] },
];

export const present = (s: Scenario) => families.filter((f) => s.metrics[`${f.name}.p50`] !== undefined);

// The one that stands for the scenario: what its clients waited for (report/words.cc has the same order).
export const headline = (s: Scenario): Family | undefined =>
  (s.metrics["recovery.drops"] > 0 ? ["recovery.time"] : [])
    .concat(["broadcast.latency", "rtt", "latency", "recovery.time", "connect.time"])
    .map((name) => present(s).find((f) => f.name === name))
    .find((f) => f !== undefined);

// How many of how many, in a few words; and the share that is missing.
export function counted(s: Scenario): { text: string; errors: string } {
  const of = (part: string, whole: string, word: string) => ({
    text: `${show_metric(s.metrics, part)}/${show_metric(s.metrics, whole)} ${word}`,
    errors: show(s.metrics[whole] > 0 ? 1 - (s.metrics[part] ?? 0) / s.metrics[whole] : 0, "ratio"),
  });
  if (s.metrics["recovery.drops"] > 0) return of("recovery.recovered", "recovery.drops", "back");
  if (s.metrics["broadcast.expected"] > 0) return of("broadcast.delivered", "broadcast.expected", "heard");
  if (s.metrics["rtt.p50"] !== undefined) return { text: `${show_metric(s.metrics, "messages.received")} replies`, errors: "–" };
  if ((s.kind === "websocket" || s.kind === "event_stream") && s.metrics["connect.attempted"] !== undefined) return of("connect.succeeded", "connect.attempted", "connected");
  if (s.metrics["requests"] === undefined) return { text: "–", errors: "–" };
  return { text: `${show_metric(s.metrics, "requests")} requests`, errors: show_metric(s.metrics, "error_rate") };
}

// The limits on a family, to be drawn into its charts.
export function limits_on(s: Scenario, family: string): Limit[] {
  const seen = new Set<number>();
  return s.targets
    .filter((t) => t.metric.startsWith(`${family}.`) && !seen.has(t.limit) && seen.add(t.limit))
    .map((t) => ({ at: t.limit, label: t.expression }));
}

// Which result a line is from, when several are laid over one another: a colour and a dash each.
export const overlay: { color: string; dash?: number[] }[] = [
  { color: "--blue" },
  { color: "--orange", dash: [8, 3] },
  { color: "--green", dash: [3, 3] },
  { color: "--purple", dash: [10, 3, 2, 3] },
  { color: "--sky", dash: [2, 2] },
  { color: "--grey", dash: [1, 3] },
];
export const overlay_style = (i: number) => overlay[i % overlay.length];
