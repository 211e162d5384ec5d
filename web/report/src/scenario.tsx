// One scenario: its name, its plan, and every section that has something to say.
import type { Scenario } from "./document";
import { counted } from "./families";
import { sections } from "./sections/sections";
import type { Beside } from "./sections/section";
import { show_metric, show_seconds } from "./show";
import { short, Text } from "./text";
import { Pill } from "./verdict";

export const sections_of = (s: Scenario) => sections.filter((section) => section.applies(s));

function facts_of(s: Scenario): string {
  const facts = [];
  if (s.measured_seconds > 0) facts.push(`${show_seconds(s.measured_seconds)} measured`);
  if (counted(s).text !== "–") facts.push(counted(s).text);
  if (s.metrics["rate"] !== undefined) facts.push(show_metric(s.metrics, "rate"));
  if (s.metrics["error_rate"] !== undefined) facts.push(`errors ${show_metric(s.metrics, "error_rate")}`);
  if (s.metrics["bytes.received"] > 0) facts.push(`${show_metric(s.metrics, "bytes.received")} received`);
  return facts.join(" · ");
}

export function ScenarioView({ s, index, label, beside }: { s: Scenario; index: number; label: string; beside: Beside[] }) {
  const id = `s${index}`;
  return (
    <article id={id} class={`scenario card ${s.stage ?? s.verdict}`} aria-labelledby={`${id}-title`}>
      <div class="scenario-head">
        <h2 id={`${id}-title`}>
          <Text>{s.name}</Text>
        </h2>
        <Pill verdict={s.verdict} stage={s.stage} />
      </div>
      {s.plan && (
        <p class="plan">
          <Text>{s.plan}</Text>
        </p>
      )}
      <p class="soft">{facts_of(s)}</p>
      {beside.length > 0 && <p class="soft">Curves are drawn of all results; targets, findings and accounts are those of {short(label, 30)}.</p>}
      {s.problem && (
        <div class="notice">
          <Text>{s.problem}</Text>
        </div>
      )}
      {s.interrupted && !s.stage && <div class="notice">It was stopped before its planned end.</div>}
      {sections_of(s).map(({ id: name, title, View }) => (
        <section key={name} id={`${id}-${name}`} class={`part-${name}`} aria-label={`${title} of ${short(s.name)}`}>
          <h3>{title}</h3>
          <View s={s} label={label} beside={beside} sync={id} />
        </section>
      ))}
    </article>
  );
}
