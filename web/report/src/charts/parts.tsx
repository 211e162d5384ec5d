// A length made of parts, such as mean latency = wait + lag + service time.
import { show } from "../show";

export interface Part {
  label: string;
  seconds: number;
  color: string;
  whose: string;
}

export function Parts({ title, parts }: { title: string; parts: Part[] }) {
  const sum = parts.reduce((total, p) => total + p.seconds, 0);
  if (!(sum > 0)) return null;
  return (
    <div class="parts">
      <div class="parts-title">
        {title} <b>{show(sum, "seconds")}</b>
      </div>
      <div class="parts-bar" aria-hidden="true">
        {parts.map((p) => (
          <span key={p.label} style={{ flexGrow: p.seconds / sum, background: `var(${p.color})` }} />
        ))}
      </div>
      <ul class="parts-list">
        {parts.map((p) => (
          <li key={p.label}>
            <i style={{ background: `var(${p.color})` }} aria-hidden="true" />
            <span>{p.label}</span>
            <b>{show(p.seconds, "seconds")}</b>
            <span class="soft">{((100 * p.seconds) / sum).toFixed(p.seconds / sum < 0.1 ? 1 : 0)} %</span>
            <span class="soft whose">{p.whose}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
