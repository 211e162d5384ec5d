// Connections dropped on purpose: how many came back, how soon, and what they missed meanwhile.
import { Comebacks } from "../charts/comebacks";
import { Plot, type Line } from "../charts/plot";
import type { RecoveryCycle } from "../document";
import { limits_on } from "../families";
import { show_metric } from "../show";
import { Facts } from "../table";
import { has, type Section, type SectionProps } from "./section";

// Whether it gets slower or loses more from cycle to cycle.
function ByCycle({ s, cycles }: { s: SectionProps["s"]; cycles: RecoveryCycle[] }) {
  const x = cycles.map((_, i) => i + 1);
  const heard = cycles.some((c) => c.heard > 0);
  const line = (label: string, color: string, of: (c: RecoveryCycle) => number | null, dash?: number[]): Line => ({ label, color, dash, values: cycles.map(of) });
  const axis = {
    x,
    show_x: (v: number) => `cycle ${Math.round(v)}`,
    ticks_x: (from: number, to: number, width: number) => x.filter((n) => n >= from && n <= to && (n - 1) % Math.max(1, Math.ceil((70 * x.length) / Math.max(width, 1))) === 0),
    height: 170,
  };
  return (
    <div class="plots">
      <Plot
        {...axis}
        title="time to come back"
        lines={[
          line("open, slowest", "--orange", (c) => (c.recovered > 0 ? c.slowest_open : null)),
          line("open, mean", "--purple", (c) => (c.recovered > 0 ? c.mean_open : null), [6, 3]),
          ...(heard
            ? [
                line("first message, slowest", "--sky", (c) => (c.heard > 0 ? c.slowest_heard : null), [10, 3]),
                line("first message, mean", "--green", (c) => (c.heard > 0 ? c.mean_heard : null), [2, 3]),
              ]
            : []),
        ]}
        unit="seconds"
        limits={limits_on(s, "recovery.time")}
      />
      {(heard || cycles.some((c) => c.lost > 0)) && (
        <Plot
          {...axis}
          title="messages lost, clients not back"
          lines={[line("messages lost", "--purple", (c) => c.lost), line("not back", "--orange", (c) => c.dropped - c.recovered, [6, 3])]}
          unit="count"
        />
      )}
    </div>
  );
}

export const recovery: Section = {
  id: "recovery",
  title: "Recovery",
  applies: (s) => has(s, "recovery.") || !!s.recovery,
  View: ({ s }) => {
    const metric = (name: string) => show_metric(s.metrics, `recovery.${name}`);
    return (
      <>
        <Facts
          facts={[
            ["dropped", metric("drops")],
            ["recovered", metric("recovered")],
            ["success rate", metric("success_rate")],
            ["messages lost in the gap", metric("lost")],
            ["noticed, p50", metric("detected.p50")],
            ["open again, p50", metric("time.p50")],
            ["open again, p95", metric("time.p95")],
            ["open again, longest", metric("time.max")],
            ["first message, p50", metric("first_message.p50")],
            ["first message, p95", metric("first_message.p95")],
          ]}
        />
        {s.recovery && s.recovery.returns.length > 0 && <Comebacks recovery={s.recovery} />}
        {s.recovery && s.recovery.cycles.length > 1 && <ByCycle s={s} cycles={s.recovery.cycles} />}
      </>
    );
  },
};
