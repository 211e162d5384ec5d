// The worst clients or messages of a ledger, whatever counts it keeps of them.
import type { Account } from "./document";
import { show, show_count, unit_of } from "./show";
import { Table } from "./table";
import { Text } from "./text";

const most_rows = 10;

function cell(name: string, value: number | string | undefined) {
  if (value === undefined) return "–";
  if (typeof value === "string") return <Text>{value}</Text>;
  if (/delay|latency|^last$|\bp\d|time|seconds/.test(name)) return show(value, "seconds");
  return name.endsWith("rate") ? show(value, unit_of(name)) : show_count(value);
}

export function Accounts({ label, accounts, all }: { label: string; accounts: Account[]; all?: number }) {
  // What is 0 for all of them says nothing.
  const names = [...new Set(accounts.flatMap((a) => Object.keys(a)))].filter((name, i) => i === 0 || accounts.some((a) => a[name] !== undefined && a[name] !== 0));
  return (
    <div class="accounts">
      <h4>{label}</h4>
      <Table
        label={label}
        columns={names.map((name) => ({ title: name.replace(/_/g, " "), text: accounts.some((a) => typeof a[name] === "string") }))}
        rows={accounts.slice(0, most_rows).map((a) => names.map((name) => cell(name, a[name])))}
      />
      {(all ?? accounts.length) > most_rows && <p class="soft">the worst of {show_count(all ?? accounts.length)}; more of them in result.json</p>}
    </div>
  );
}
