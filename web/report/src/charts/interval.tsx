// Where a measured value and its 95 % interval lie beside the limit: the picture of one target.
import type { Target } from "../document";

const width = 160;

export function Interval({ target: t }: { target: Target }) {
  if (t.value === undefined) return null;
  const inside = [t.value, t.low, t.high, t.limit].filter((v): v is number => v !== undefined && Number.isFinite(v));
  const most = Math.max(...inside);
  const least = Math.min(...inside, 0);
  if (!(most > least)) return null;
  // When the limit is far away, a scale of logarithms keeps both in sight.
  const positive = inside.filter((v) => v > 0);
  const far = least >= 0 && positive.length > 1 && Math.max(...positive) / Math.min(...positive) > 30;
  // When all of them are near one another (99.2 % and 99 %), a scale from 0 would show nothing.
  const span = most - Math.min(...inside);
  const near = least >= 0 && span > 0 && span < 0.2 * most;
  const floor = far ? Math.log10(Math.min(...positive)) - 0.3 : near ? Math.min(...inside) - span : least;
  const top = far ? Math.log10(most) + 0.15 : near ? most + span : most * 1.08;
  const at = (v: number) => {
    const scaled = far ? (v > 0 ? Math.log10(v) : floor) : v;
    return 4 + ((scaled - floor) / (top - floor)) * (width - 8);
  };
  const below = /<|==/.test(t.expression);
  const limit = at(t.limit);
  const low = at(t.low ?? t.value);
  const high = at(t.high ?? t.value);
  return (
    <svg class={`interval ${t.verdict}`} viewBox={`0 0 ${width} 18`} width={width} height="18" aria-hidden="true">
      <rect class="allowed" x={below ? 0 : limit} y="3" width={below ? limit : Math.max(width - limit, 0)} height="12" rx="2" />
      <line class="limit" x1={limit} x2={limit} y1="1" y2="17" />
      {high - low > 0.5 && <line class="range" x1={low} x2={high} y1="9" y2="9" />}
      {t.low !== undefined && t.high === undefined && <path class="open" d={`M${at(t.value)} 9H${width - 6}m-4 -3 4 3-4 3`} />}
      <circle cx={at(t.value)} cy="9" r="3.5" />
    </svg>
  );
}
