// A chart of lines over a common x. Drawn by uPlot when it comes near the window, so that a report of many scenarios
// opens at once; drawn anew when the colours change; walked with the arrow keys.
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useEffect, useRef, useState } from "preact/hooks";
import { show, show_tick, type Unit } from "../show";
import { short } from "../text";
import { on_theme_change } from "../theme";
import { mark_drawn, use_near } from "./near";

export interface Line {
  label: string;
  values: (number | null | undefined)[];
  color: string; // name of a custom property: "--blue"
  dash?: number[];
  width?: number;
  points?: boolean;
  size?: number; // of points // no line between
  hidden?: boolean; // at first
}
export interface Band {
  from: number;
  to: number;
  kind: "warmup" | "unfit";
}
export interface Limit {
  at: number;
  label: string;
}
export interface PlotProps {
  title: string;
  x: number[];
  lines: Line[];
  unit: Unit;
  show_x: (x: number) => string;
  ticks_x?: (from: number, to: number, width: number) => number[];
  bands?: Band[];
  limits?: Limit[];
  marks?: Limit[]; // the same upright, at places of x
  range_y?: [number, number]; // what lies beyond is cut off
  log?: boolean; // to begin with; there is a switch
  height?: number;
  sync?: string; // charts of the same key share their cursor
  wide?: boolean;
}

const color = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function draw_bands(u: uPlot, bands: Band[]) {
  const { ctx, bbox } = u;
  for (const band of bands) {
    const from = Math.max(u.valToPos(band.from, "x", true), bbox.left);
    const to = Math.min(u.valToPos(band.to, "x", true), bbox.left + bbox.width);
    if (!(to > from)) continue;
    ctx.fillStyle = color(band.kind === "warmup" ? "--band-warmup" : "--band-unfit");
    ctx.fillRect(from, bbox.top, to - from, bbox.height);
  }
}

function draw_limits(u: uPlot, limits: Limit[]) {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio || 1;
  ctx.save();
  for (const limit of limits) {
    const y = Math.round(u.valToPos(limit.at, "y", true));
    if (!(y >= bbox.top && y <= bbox.top + bbox.height)) continue;
    ctx.strokeStyle = ctx.fillStyle = color("--fail");
    ctx.lineWidth = ratio;
    ctx.setLineDash([2 * ratio, 4 * ratio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.font = `${11 * ratio}px system-ui, sans-serif`;
    ctx.textAlign = "right";
    // On a ground of its own, so that it can be read where lines cross it.
    ctx.setLineDash([]);
    ctx.lineWidth = 4 * ratio;
    ctx.lineJoin = "round";
    ctx.strokeStyle = color("--card");
    const label = short(limit.label, 40);
    const right = bbox.left + bbox.width - 4 * ratio;
    const above = y - bbox.top > 18 * ratio ? y - 5 * ratio : y + 14 * ratio;
    ctx.strokeText(label, right, above);
    ctx.fillText(label, right, above);
  }
  ctx.restore();
}

function draw_marks(u: uPlot, marks: Limit[]) {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio || 1;
  ctx.save();
  marks.forEach((mark, i) => {
    const x = Math.round(u.valToPos(mark.at, "x", true));
    if (!(x >= bbox.left && x <= bbox.left + bbox.width)) return;
    ctx.strokeStyle = ctx.fillStyle = color("--soft");
    ctx.lineWidth = ratio;
    ctx.setLineDash([2 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    // One below the other, for marks may be near one another; to the left of the line where there is more room.
    const left = x > bbox.left + bbox.width * 0.6;
    ctx.font = `${11 * ratio}px system-ui, sans-serif`;
    ctx.textAlign = left ? "right" : "left";
    ctx.setLineDash([]);
    ctx.lineWidth = 4 * ratio;
    ctx.lineJoin = "round";
    ctx.strokeStyle = color("--card");
    const at = x + (left ? -5 : 5) * ratio;
    const y = bbox.top + (14 + 15 * i) * ratio;
    ctx.strokeText(short(mark.label, 40), at, y);
    ctx.fillText(short(mark.label, 40), at, y);
  });
  ctx.restore();
}

function decades(from: number, to: number): number[] {
  const found = [];
  for (let n = Math.floor(Math.log10(from)); n <= Math.ceil(Math.log10(to)); ++n) found.push(Number(`1e${n}`));
  return found;
}

function options(p: PlotProps, width: number, log: boolean, on_cursor: (index: number | null) => void): uPlot.Options {
  const font = "12px system-ui, sans-serif";
  const axis = { font, stroke: () => color("--soft"), ticks: { show: false } };
  return {
    width,
    height: p.height ?? 200,
    legend: { show: false },
    padding: [8, p.ticks_x || p.marks ? 26 : 12, 0, 0], // labels reach beyond their places
    cursor: {
      y: false,
      drag: { x: true, y: false },
      points: { size: 7, width: 1.5 },
      sync: p.sync ? { key: p.sync } : undefined,
    },
    scales: {
      x: { time: false },
      y: {
        distr: log ? 3 : 1,
        range: (_u, low, high) => {
          if (p.range_y && !log) return p.range_y;
          if (low === null || high === null) return [0, 1];
          for (const limit of p.limits ?? []) if (limit.at < high * 2.5) high = Math.max(high, limit.at);
          if (log) return uPlot.rangeLog(low, high, 10, true);
          return [low < 0 ? low * 1.08 : 0, high > 0 ? high * 1.08 : low < 0 ? 0 : 1];
        },
      },
    },
    axes: [
      {
        ...axis,
        size: 28,
        grid: { show: false },
        splits: p.ticks_x ? (u) => p.ticks_x!(u.scales.x.min!, u.scales.x.max!, u.width) : undefined,
        values: (_u, splits) => splits.map(p.show_x),
        space: 64,
      },
      {
        ...axis,
        size: 62,
        grid: { stroke: () => color("--grid"), width: 1 },
        splits: log ? (u) => decades(u.scales.y.min!, u.scales.y.max!) : undefined,
        values: (_u, splits) => splits.map((v) => (v === null ? "" : show_tick(v, p.unit))),
        space: 34,
      },
    ],
    series: [
      {},
      ...p.lines.map((line) => ({
        label: line.label,
        stroke: () => color(line.color),
        width: line.points ? 0 : (line.width ?? 1.75),
        dash: line.dash,
        show: !line.hidden,
        spanGaps: false,
        points: line.points
          ? { show: true, size: line.size ?? 4, fill: () => color(line.color), stroke: () => color(line.color) }
          : { show: p.x.length < 3, size: 5 },
      })),
    ],
    hooks: {
      drawClear: [(u) => draw_bands(u, p.bands ?? [])],
      draw: [(u) => draw_limits(u, p.limits ?? []), (u) => draw_marks(u, p.marks ?? [])],
      setCursor: [(u) => on_cursor(u.cursor.idx ?? null)],
    },
  } as uPlot.Options;
}

// A logarithmic axis has no place for 0 and less.
const data_of = (p: PlotProps, log: boolean): uPlot.AlignedData => [
  p.x,
  ...p.lines.map((line) => line.values.map((v) => (v === undefined || v === null || (log && v <= 0) ? null : v))),
];

function extremes(lines: Line[], unit: Unit): string {
  return lines
    .map((line) => {
      const known = line.values.filter((v): v is number => typeof v === "number");
      if (known.length === 0) return `${line.label}: nothing`;
      const most = known.reduce((a, b) => Math.max(a, b));
      const least = known.reduce((a, b) => Math.min(a, b));
      return `${line.label} from ${show(least, unit)} to ${show(most, unit)}`;
    })
    .join(", ");
}

export function Plot(p: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const near = use_near(box);
  const [log, set_log] = useState(!!p.log);
  const [off, set_off] = useState<Set<number>>(() => new Set(p.lines.flatMap((l, i) => (l.hidden ? [i] : []))));
  const [at, set_at] = useState<number | null>(null);
  const drawn_with = p.lines.map((l) => l.label).join("\n") + log;

  useEffect(() => {
    if (!near || !box.current) return;
    const holder = box.current;
    const u = new uPlot(options(p, Math.max(holder.clientWidth, 120), log, set_at), data_of(p, log), holder);
    off.forEach((i) => u.setSeries(i + 1, { show: false }));
    chart.current = u;
    mark_drawn(holder);
    const watch = new ResizeObserver(() => {
      if (holder.clientWidth > 0 && holder.clientWidth !== u.width) u.setSize({ width: holder.clientWidth, height: u.height });
    });
    watch.observe(holder);
    const forget = on_theme_change(() => u.redraw(false));
    return () => {
      watch.disconnect();
      forget();
      u.destroy();
      chart.current = null;
    };
  }, [near, drawn_with, p.limits?.length, p.bands?.length]);
  useEffect(() => chart.current?.setData(data_of(p, log)), [p.x, p.lines]);

  const toggle = (i: number) => {
    const next = new Set(off);
    if (!next.delete(i)) next.add(i);
    set_off(next);
    chart.current?.setSeries(i + 1, { show: !next.has(i) });
  };
  const walk = (event: KeyboardEvent) => {
    const u = chart.current;
    if (!u || p.x.length === 0) return;
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const to = Math.min(Math.max((u.cursor.idx ?? (step > 0 ? -1 : p.x.length)) + step, 0), p.x.length - 1);
    u.setCursor({ left: u.valToPos(p.x[to], "x"), top: 10 });
  };

  return (
    <figure class={p.wide ? "plot wide" : "plot"}>
      <figcaption>
        <span class="plot-title">{p.title}</span>
        {at !== null && p.x[at] !== undefined && <span class="plot-at">{p.show_x(p.x[at])}</span>}
        <button type="button" class="quiet" aria-pressed={log} onClick={() => set_log(!log)} title="logarithmic axis">
          log
        </button>
      </figcaption>
      <div
        ref={box}
        class="plot-area"
        style={{ minHeight: `${p.height ?? 200}px` }}
        role="img"
        tabIndex={0}
        aria-label={`${p.title}: ${extremes(p.lines, p.unit)}`}
        onKeyDown={walk}
      />
      <div class="legend">
        {p.lines.map((line, i) => (
          <button type="button" key={line.label} aria-pressed={!off.has(i)} onClick={() => toggle(i)}>
            <svg width="18" height="8" aria-hidden="true">
              {line.points ? (
                <circle cx="9" cy="4" r="2.5" style={{ fill: `var(${line.color})` }} />
              ) : (
                <line x1="0" y1="4" x2="18" y2="4" stroke-width="2" stroke-dasharray={line.dash?.join(" ")} style={{ stroke: `var(${line.color})` }} />
              )}
            </svg>
            <bdi>{line.label}</bdi>
            {at !== null && typeof line.values[at] === "number" && <b>{show(line.values[at] as number, p.unit)}</b>}
          </button>
        ))}
        {[...new Set((p.bands ?? []).map((b) => b.kind))].map((kind) => (
          <span key={kind} class="legend-band">
            <i class={kind} />
            {kind === "warmup" ? "warm-up" : "generator not fit"}
          </span>
        ))}
      </div>
    </figure>
  );
}
