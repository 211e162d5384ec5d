// Connections: how many were wanted, came and went. For HTTP the times above say enough unless some failed.
import { show_metric } from "../show";
import { Facts } from "../table";
import { has, type Section } from "./section";

export const connections: Section = {
  id: "connections",
  title: "Connections",
  applies: (s) => has(s, "connect.attempted") && (s.kind !== "http" || s.metrics["connect.failed"] > 0 || s.metrics["connect.lost"] > 0),
  View: ({ s }) => {
    const metric = (name: string) => show_metric(s.metrics, `connect.${name}`);
    return (
      <Facts
        facts={[
          ["attempted", metric("attempted")],
          ["succeeded", metric("succeeded")],
          ["failed", metric("failed")],
          ["lost, unasked", metric("lost")],
          ["success rate", metric("success_rate")],
          ["time to connect, p50", metric("time.p50")],
          ["p95", metric("time.p95")],
          ["longest", metric("time.max")],
        ]}
      />
    );
  },
};
