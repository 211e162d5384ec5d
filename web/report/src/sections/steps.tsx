// The requests of a scenario one by one, when it has several.
import { show_count, show_metric } from "../show";
import { Table } from "../table";
import { Text } from "../text";
import type { Scenario } from "../document";
import type { Section } from "./section";

const names = (s: Scenario) =>
  Object.keys(s.metrics)
    .filter((m) => m.startsWith("step.") && m.endsWith(".requests"))
    .map((m) => m.slice(5, -9));

export const steps: Section = {
  id: "steps",
  title: "Steps",
  applies: (s) => names(s).length > 1,
  View: ({ s }) => (
    <Table
      label="the steps of the scenario"
      columns={["step", "requests", "rate", "p50", "p95", "p99", "max", "errors"].map((title) => ({ title }))}
      rows={names(s).map((name) => {
        const metric = (m: string) => show_metric(s.metrics, `step.${name}.${m}`);
        return [
          <Text>{name}</Text>,
          show_count(s.metrics[`step.${name}.requests`]),
          metric("rate"),
          metric("latency.p50"),
          metric("latency.p95"),
          metric("latency.p99"),
          metric("latency.max"),
          metric("error_rate"),
        ];
      })}
    />
  ),
};
