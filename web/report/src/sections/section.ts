// A part of a scenario's account. It appears when its numbers are there. To add one: a file beside this one, and a row in
// sections.ts.
import type { JSX } from "preact";
import type { Scenario } from "../document";

export interface Beside {
  label: string; // of the result it is from
  s: Scenario;
}
export interface SectionProps {
  s: Scenario;
  label: string; // of the result that `s` is from
  beside: Beside[]; // the same scenario in the results laid over this one; mostly none
  sync: string; // the key of charts that share a cursor
}
export interface Section {
  id: string;
  title: string;
  applies: (s: Scenario) => boolean;
  View: (props: SectionProps) => JSX.Element | null;
}

export const has = (s: Scenario, prefix: string) => Object.keys(s.metrics).some((name) => name.startsWith(prefix));
export const in_series = (s: Scenario, key: string) => s.series.some((p) => p.values?.[key] !== undefined);
