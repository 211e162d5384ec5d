// What had to hold, what was measured, and how sure that is.
import { Interval } from "../charts/interval";
import type { Scenario, Target } from "../document";
import { show, unit_of } from "../show";
import { Text } from "../text";
import { Sign } from "../verdict";
import type { Section } from "./section";

export function interval_text(t: Target): string {
  const unit = unit_of(t.metric);
  if (t.low !== undefined && t.high !== undefined) return `${show(t.low, unit)} to ${show(t.high, unit)}`;
  if (t.low !== undefined) return `at least ${show(t.low, unit)}`;
  if (t.high !== undefined) return `at most ${show(t.high, unit)}`;
  return "";
}

// While a run goes on its targets have no verdict, but their metrics have values.
function value_of(s: Scenario, t: Target): string {
  const value = t.value ?? (s.stage ? s.metrics[t.metric] : undefined);
  return value === undefined ? (s.stage ? "" : "not measured") : show(value, unit_of(t.metric));
}

export const targets: Section = {
  id: "targets",
  title: "Targets",
  applies: (s) => s.targets.length > 0,
  View: ({ s }) => (
    <ul class="targets">
      {s.targets.map((t, i) => (
        <li key={i} class={t.verdict}>
          {s.stage ? <i class="waiting" aria-hidden="true" /> : <Sign verdict={t.verdict} />}
          <span class="target-expression">
            <Text>{t.expression}</Text>
            <span class="target-verdict">{s.stage ? "not judged yet" : t.verdict}</span>
          </span>
          <span class="target-value">
            <b>{value_of(s, t)}</b>
            <span class="soft">{interval_text(t)}</span>
          </span>
          <span class="target-picture">
            <Interval target={t} />
          </span>
          {t.reason && (
            <span class="target-reason">
              <Text>{t.reason}</Text>
            </span>
          )}
        </li>
      ))}
    </ul>
  ),
};
