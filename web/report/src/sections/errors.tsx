// Which failures there were, and what was answered.
import type { Scenario } from "../document";
import { show_count } from "../show";
import { Facts } from "../table";
import type { Section } from "./section";

const words: Record<string, string> = {
  "errors.status": "unexpected status",
  "errors.check": "failed a check",
  "errors.timeout": "timed out",
  "errors.connect": "no connection",
  "errors.reset": "reset",
  "errors.protocol": "malformed",
  dropped: "never sent",
  unfinished: "never ended",
};

const kinds = (s: Scenario) =>
  Object.keys(s.metrics).filter((m) => (m.startsWith("errors.") || m === "dropped" || m === "unfinished") && s.metrics[m] > 0);
const statuses = (s: Scenario) => Object.keys(s.metrics).filter((m) => m.startsWith("status.") && s.metrics[m] > 0);

export const errors: Section = {
  id: "errors",
  title: "Errors and answers",
  applies: (s) => kinds(s).length > 0 || statuses(s).length > 1,
  View: ({ s }) => (
    <Facts
      facts={[
        ...kinds(s).map((m): [string, string] => [words[m] ?? m.replace("errors.", ""), show_count(s.metrics[m])]),
        ...statuses(s).map((m): [string, string] => [m.replace(".", " "), show_count(s.metrics[m])]),
      ]}
    />
  ),
};
