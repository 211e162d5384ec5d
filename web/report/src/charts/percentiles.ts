// The percentile curve of an HdrHistogram: x is the number of nines, y the value in seconds. A step at every recorded
// value, thinned to what a screen can show.
import { decodeFromCompressedBase64 } from "hdr-histogram-js/dist/encoding";

export interface Curve {
  nines: number[]; // -log10(1 - share), rising
  seconds: number[];
  count: number;
}

const most_points = 400;
const known = new Map<string, Curve>();

function compute(encoded: string): Curve {
  const histogram = decodeFromCompressedBase64(encoded, 64) as unknown as {
    totalCount: number;
    recordedValuesIterator: {
      reset(): void;
      hasNext(): boolean;
      next(): { valueIteratedTo: number; totalCountToThisValue: number };
    };
  };
  const count = histogram.totalCount;
  const curve: Curve = { nines: [], seconds: [], count };
  if (count === 0) return curve;
  // Beyond one in `count` there is nothing to see: the curve ends there, at the largest value.
  const end = Math.log10(count);
  const apart = Math.max(end, 1) / most_points;
  const values = histogram.recordedValuesIterator;
  values.reset();
  let first = true;
  while (values.hasNext()) {
    const { valueIteratedTo, totalCountToThisValue } = values.next();
    const left = 1 - totalCountToThisValue / count;
    const nines = left <= 0 ? end : Math.min(-Math.log10(left), end);
    const seconds = valueIteratedTo * 1e-9;
    if (first) curve.nines.push(0), curve.seconds.push(seconds);
    first = false;
    const last = curve.nines.length - 1;
    if (last > 0 && nines - curve.nines[last] < apart && left > 0) {
      // Too near to be told apart: the higher value stands for both.
      curve.seconds[last] = seconds;
      continue;
    }
    curve.nines.push(nines);
    curve.seconds.push(seconds);
  }
  return curve;
}

// Null when it cannot be read: a report shows what else it has.
export function curve_of(encoded: string): Curve | null {
  const before = known.get(encoded);
  if (before) return before;
  try {
    const curve = compute(encoded);
    if (known.size > 500) known.clear();
    known.set(encoded, curve);
    return curve;
  } catch {
    return null;
  }
}

// The value at so many nines.
export function value_at(curve: Curve, nines: number): number | null {
  if (curve.nines.length === 0 || nines > curve.nines[curve.nines.length - 1] + 1e-9) return null;
  let low = 0;
  let high = curve.nines.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (curve.nines[middle] >= nines - 1e-9) high = middle;
    else low = middle + 1;
  }
  return curve.seconds[low];
}

// Several curves over one x, as a chart wants them.
export function align(curves: (Curve | null)[]): { x: number[]; values: (number | null)[][] } {
  const end = Math.max(0.5, ...curves.map((c) => (c ? (c.nines[c.nines.length - 1] ?? 0) : 0)));
  const x = Array.from({ length: 301 }, (_, i) => (end * i) / 300);
  return { x, values: curves.map((c) => x.map((n) => (c ? value_at(c, n) : null))) };
}

export function show_nines(nines: number): string {
  const percent = 100 * (1 - 10 ** -nines);
  const places = nines < 1.01 ? 0 : Math.max(0, Math.ceil(nines - 2 - 1e-9));
  return `${percent.toFixed(Math.min(places, 8))} %`;
}

export function nines_ticks(from: number, to: number, width: number): number[] {
  const ticks = width * (Math.log10(2) / Math.max(to - from, 0.1)) > 60 ? [0, Math.log10(2)] : [0];
  for (let n = 1; n <= to + 1e-9; ++n) ticks.push(n);
  return ticks.filter((t) => t >= from - 1e-9 && t <= to + 1e-9);
}
