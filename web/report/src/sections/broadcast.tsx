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
        {ledger.grid && ledger.grid.rows > 0 && (
          <Heat
            grid={ledger.grid}
            clients={ledger.all_clients ?? ledger.grid.rows * ledger.grid.clients_per_row}
            messages={s.metrics["broadcast.published"] ?? ledger.grid.columns * ledger.grid.messages_per_column}
          />
        )}
        <div class="accounts-all">
          {ledger.clients && ledger.clients.length > 0 && <Accounts label="worst clients" accounts={ledger.clients} all={ledger.all_clients} />}
          {ledger.messages && ledger.messages.length > 0 && <Accounts label="worst messages" accounts={ledger.messages} all={s.metrics["broadcast.published"]} />}
          {ledger.anomalies && ledger.anomalies.length > 0 && <Accounts label="anomalies" accounts={ledger.anomalies} all={ledger.anomalies.length + (ledger.further_anomalies ?? 0)} />}
        </div>
      </>
    );
  },
};
