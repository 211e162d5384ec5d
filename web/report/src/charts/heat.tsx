// Deliveries as a map: a row for each band of clients, a column for each band of messages. A deaf client is a dark row, a
// message that reached nobody a dark column, a slow client a row of another shade. Walked with the arrow keys.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Grid } from "../document";
import { show, show_count } from "../show";
import { on_theme_change } from "../theme";
import { mark_drawn, use_near } from "./near";

type Shown = "missing" | "delay";

const color = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const channels = (hex: string) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
function between(from: string, to: string, share: number): string {
  const [a, b] = [channels(from), channels(to)];
  return `rgb(${a.map((v, i) => Math.round(v + (b[i] - v) * share)).join(" ")})`;
}

interface Cell {
  expected: number;
  missing: number;
  delay?: number; // mean, seconds; none where nothing was delivered
}

function cells_of(g: Grid): Cell[][] {
  return Array.from({ length: g.rows }, (_, i) =>
    Array.from({ length: g.columns }, (_, j) => {
      const at = i * g.columns + j;
      const expected = g.expected[at] ?? 0;
      const delivered = g.delivered[at] ?? 0;
      return { expected, missing: Math.max(expected - delivered, 0), delay: delivered > 0 ? g.mean_latency[at] : undefined };
    }),
  );
}

// The clients or messages of one row or column.
function span(index: number, each: number, all: number): string {
  const from = index * each;
  const to = Math.max(Math.min(from + each, all) - 1, from);
  return from === to ? show_count(from) : `${show_count(from)}–${show_count(to)}`;
}

export function Heat({ grid, clients, messages }: { grid: Grid; clients: number; messages: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const near = use_near(canvas);
  const { rows, columns } = grid;
  const cells = useMemo(() => cells_of(grid), [grid]);
  const all = cells.flat();
  const most_missing = Math.max(...all.map((c) => c.missing), 0);
  const delays = all.map((c) => c.delay).filter((d): d is number => d !== undefined && d > 0);
  const least = Math.min(...delays);
  const most = Math.max(...delays);
  const [shown, set_shown] = useState<Shown>(most_missing > 0 || delays.length === 0 ? "missing" : "delay");
  const [at, set_at] = useState<[number, number] | null>(null);

  const paint = () => {
    const c = canvas.current;
    const ctx = c?.getContext("2d");
    if (!c || !ctx) return;
    const ratio = devicePixelRatio || 1;
    c.width = Math.max(1, Math.round(c.clientWidth * ratio));
    c.height = Math.max(1, Math.round(c.clientHeight * ratio));
    const [w, h] = [c.width / columns, c.height / rows];
    const gap = Math.min(w, h) > 5 ? ratio * 0.5 : 0;
    cells.forEach((row, i) =>
      row.forEach((cell, j) => {
        let share = 0;
        if (shown === "missing") share = most_missing > 0 ? Math.sqrt(cell.missing / most_missing) : 0;
        else if (cell.delay && most > least) share = Math.log(cell.delay / least) / Math.log(most / least);
        if (shown === "missing") ctx.fillStyle = cell.missing > 0 ? between(color("--heat-low"), color("--heat-high"), 0.25 + 0.75 * share) : color("--heat-none");
        else ctx.fillStyle = cell.delay === undefined ? color("--fail") : between(color("--delay-low"), color("--delay-high"), share);
        if (cell.expected === 0) return;
        ctx.fillRect(j * w, i * h, w - gap, h - gap);
      }),
    );
    if (at) {
      ctx.strokeStyle = color("--ink");
      ctx.lineWidth = 2 * ratio;
      ctx.strokeRect(at[1] * w, at[0] * h, w, h);
    }
    mark_drawn(c);
  };
  useEffect(() => {
    if (!near) return;
    paint();
    const watch = new ResizeObserver(paint);
    watch.observe(canvas.current!);
    const forget = on_theme_change(paint);
    return () => (watch.disconnect(), forget());
  }, [near, shown, at, cells]);

  const point = (e: PointerEvent) => {
    const r = canvas.current!.getBoundingClientRect();
    const i = Math.floor(((e.clientY - r.top) / r.height) * rows);
    const j = Math.floor(((e.clientX - r.left) / r.width) * columns);
    if (i >= 0 && i < rows && j >= 0 && j < columns) set_at([i, j]);
  };
  const walk = (e: KeyboardEvent) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[e.key];
    if (!step) return;
    e.preventDefault();
    const [i, j] = at ?? [0, 0];
    set_at([Math.min(Math.max(i + step[0], 0), rows - 1), Math.min(Math.max(j + step[1], 0), columns - 1)]);
  };
  const cell = at ? cells[at[0]]?.[at[1]] : undefined;

  return (
    <figure class="plot wide">
      <figcaption>
        <span class="plot-title">deliveries by client and message</span>
        <span class="choice" role="group" aria-label="what the map shows">
          {(["missing", "delay"] as Shown[]).map((s) => (
            <button type="button" key={s} class="quiet" aria-pressed={shown === s} onClick={() => set_shown(s)}>
              {s}
            </button>
          ))}
        </span>
      </figcaption>
      <div class="heat">
        <span class="heat-y soft">clients 0–{show_count(clients - 1)}</span>
        <canvas
          ref={canvas}
          role="img"
          tabIndex={0}
          aria-label={`Map of ${clients} clients by ${messages} messages: at most ${most_missing} missing in a cell`}
          onPointerMove={point}
          onPointerLeave={() => set_at(null)}
          onKeyDown={walk}
        />
        <span class="heat-x soft">messages 0–{show_count(messages - 1)} →</span>
      </div>
      <p class="heat-at" aria-live="polite">
        {cell && at ? (
          <>
            clients <b>{span(at[0], grid.clients_per_row, clients)}</b>, messages <b>{span(at[1], grid.messages_per_column, messages)}</b>:{" "}
            <b>{show_count(cell.missing)}</b> missing{cell.delay !== undefined && <>, mean delay <b>{show(cell.delay, "seconds")}</b></>}
          </>
        ) : (
          <span class="soft">
            {shown === "missing"
              ? most_missing > 0
                ? `stronger: more missing, at most ${show_count(most_missing)} in a cell`
                : "nothing is missing"
              : `from ${show(least, "seconds")} (weak) to ${show(most, "seconds")} (strong), mean of a cell`}
          </span>
        )}
      </p>
    </figure>
  );
}
