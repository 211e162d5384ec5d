// A plain table of numbers that scrolls sideways in its own box when the window is narrow.
import type { ComponentChildren } from "preact";

export interface Column {
  title: ComponentChildren;
  text?: boolean; // else numbers: to the right, figures of equal width
}

export function Table({ label, columns, rows }: { label: string; columns: Column[]; rows: ComponentChildren[][] }) {
  const kept = columns.map((_, i) => i === 0 || rows.some((row) => row[i] !== "–" && row[i] !== "" && row[i] !== null && row[i] !== undefined));
  return (
    <div class="scroll" role="group" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>{columns.map((c, i) => kept[i] && <th scope="col" key={i} class={c.text || i === 0 ? "" : "number"}>{c.title}</th>)}</tr>
        </thead>
        <tbody>
          {rows.map((row, r) => (
            <tr key={r}>
              {row.map((cell, i) =>
                !kept[i] ? null : i === 0 ? <th scope="row" key={i}>{cell}</th> : <td key={i} class={columns[i].text ? "" : "number"}>{cell}</td>,
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

// Names with their values, in columns as the window allows.
export function Facts({ facts }: { facts: [string, ComponentChildren][] }) {
  const known = facts.filter(([, value]) => value !== "–" && value !== "" && value !== undefined && value !== null);
  if (known.length === 0) return null;
  return (
    <dl class="facts">
      {known.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
