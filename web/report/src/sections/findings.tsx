// What the checks noticed, with the evidence, and what else is worth telling.
import { Text } from "../text";
import type { Section } from "./section";

const order = { high: 0, warning: 1, note: 2 };

export const findings: Section = {
  id: "findings",
  title: "Findings",
  applies: (s) => s.findings.length > 0 || s.notes.length > 0,
  View: ({ s }) => {
    const sorted = [...s.findings].sort((a, b) => (order[a.severity] ?? 3) - (order[b.severity] ?? 3));
    return (
      <ul class="findings">
        {sorted.map((f, i) => (
          <li key={i} class={f.invalidates ? "invalid" : f.severity}>
            <span class="finding-rule">
              <Text>{f.rule.replace(/_/g, " ")}</Text>
              <span class="finding-severity">{f.invalidates ? "makes it invalid" : f.severity}</span>
            </span>
            <span>
              <Text>{f.evidence}</Text>
            </span>
          </li>
        ))}
        {s.notes.map((note, i) => (
          <li key={`note ${i}`} class="note">
            <span class="finding-rule">note</span>
            <span>
              <Text>{note}</Text>
            </span>
          </li>
        ))}
      </ul>
    );
  },
};
