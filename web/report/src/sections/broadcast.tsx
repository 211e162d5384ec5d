// Every delivery accounted for: what was lost, doubled or late, and to whom.
import { Accounts } from "../accounts";
import { Heat } from "../charts/heat";
import { show_metric } from "../show";
import { Facts } from "../table";
import { has, type Section } from "./section";

export const broadcast: Section = {
  id: "broadcast",
  title: "Broadcast",
  applies: (s) => has(s, "broadcast.published") || has(s, "broadcast.expected") || !!s.ledger,
  View: ({ s }) => {
    const metric = (name: string) => show_metric(s.metrics, `broadcast.${name}`);
    const ledger = s.ledger ?? {};
    return (
      <>
        <Facts
          facts={[
            ["published", metric("published")],
            ["expected", metric("expected")],
            ["delivered", metric("delivered")],
            ["delivery rate", metric("delivery_rate")],
            ["missing", metric("missing")],
            ["incomplete messages", metric("incomplete")],
            ["duplicates", metric("duplicates")],
            ["reordered", metric("reordered")],
            ["late", metric("late")],
            ["corrupt", metric("corrupt")],
            ["foreign", metric("foreign")],
            ["deliveries per second", metric("rate")],
            ["first client, p50", metric("first.p50")],
            ["median client, p50", metric("median.p50")],
            ["last client, p50", metric("last.p50")],
            ["last client, p95", metric("last.p95")],
          ]}
        />
        {ledger.matrix && <Heat matrix={ledger.matrix} />}
        <div class="accounts-all">
          {ledger.clients && ledger.clients.length > 0 && <Accounts label="worst clients" accounts={ledger.clients} />}
          {ledger.messages && ledger.messages.length > 0 && <Accounts label="worst messages" accounts={ledger.messages} />}
          {ledger.anomalies && ledger.anomalies.length > 0 && <Accounts label="anomalies" accounts={ledger.anomalies} />}
        </div>
      </>
    );
  },
};
