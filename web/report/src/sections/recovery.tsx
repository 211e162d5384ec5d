// Connections dropped on purpose: how many came back, how soon, and what they missed meanwhile.
import { show_metric } from "../show";
import { Facts } from "../table";
import { has, type Section } from "./section";

export const recovery: Section = {
  id: "recovery",
  title: "Recovery",
  applies: (s) => has(s, "recovery."),
  View: ({ s }) => {
    const metric = (name: string) => show_metric(s.metrics, `recovery.${name}`);
    return (
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
    );
  },
};
