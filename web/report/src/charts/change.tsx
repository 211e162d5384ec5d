// Where a change and its interval lie beside nothing and beside the margin: the picture of one compared metric. Counted in
// margins, so that one scale fits all rows; its ends are drawn together as logarithms are.
import type { Change } from "../document";

const width = 220;
const half = width / 2 - 6;
const furthest = 200; // margins

const bent = (margins: number) => Math.asinh(margins);

// One scale for all rows: how far the furthest of them reaches.
export function reach_of(changes: Change[]): number {
  const ends = changes.flatMap((c) => [c.effect, c.low ?? c.effect, c.high ?? c.effect].map((v) => Math.abs(v) / (c.margin || 1)));
  return Math.min(Math.max(3, ...ends.filter(Number.isFinite)), furthest);
}

export function ChangePicture({ change: c, reach, sign }: { change: Change; reach: number; sign: string }) {
  const margin = c.margin || 1;
  const at = (v: number) => width / 2 + (Math.max(-1, Math.min(1, bent(v / margin) / bent(reach))) || 0) * half;
  const low = c.low ?? (c.high === undefined ? c.effect : -Infinity);
  const high = c.high ?? (c.low === undefined ? c.effect : Infinity);
  const inside = (v: number) => Math.abs(v / margin) <= reach * 1.0001;
  return (
    <svg class={`change ${sign}`} viewBox={`0 0 ${width} 20`} width={width} height="20" aria-hidden="true">
      <rect class="allowed" x={at(-margin)} y="3" width={at(margin) - at(-margin)} height="14" rx="2" />
      <line class="limit" x1={width / 2} x2={width / 2} y1="1" y2="19" />
      {at(high) - at(low) > 0.5 && <line class="range" x1={at(low)} x2={at(high)} y1="10" y2="10" />}
      {!inside(low) && <path class="open" d="M8 6 3 10 8 14" />}
      {!inside(high) && <path class="open" d={`M${width - 8} 6 ${width - 3} 10 ${width - 8} 14`} />}
      <circle cx={at(c.effect)} cy="10" r="4" />
    </svg>
  );
}
