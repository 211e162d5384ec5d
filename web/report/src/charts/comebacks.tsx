// Who was away when: a panel for each cycle of drops, all of one time scale, and in it a line for each client: away from the
// drop until its connection was open again, then waiting for the first message. Walked with the arrow keys.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Recovery, Return } from "../document";
import { show, show_count, show_position } from "../show";
import { on_theme_change } from "../theme";
import { mark_drawn, use_near } from "./near";

const color = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const narrowest = 130; // pixels of a panel
const head = 20; // pixels above the lines, for the names of panels
const foot = 18;

interface Panel {
  cycle: number;
  start: number;
  returns: Return[];
}

const end_of = (r: Return) => r.heard ?? r.open;

function panels_of(recovery: Recovery): Panel[] {
  const panels = new Map<number, Panel>();
  for (const r of recovery.returns) {
    const panel = panels.get(r.cycle);
    if (panel) panel.returns.push(r);
    else panels.set(r.cycle, { cycle: r.cycle, start: recovery.cycles[r.cycle - 1]?.start ?? r.dropped, returns: [r] });
  }
  return [...panels.values()].sort((a, b) => a.cycle - b.cycle);
}

export function told(r: Return): string {
  if (r.open === undefined) return `client ${show_count(r.client)} did not come back`;
  const heard = r.heard === undefined ? "" : `, heard a message after ${show(r.heard - r.dropped, "seconds")}`;
  return `client ${show_count(r.client)} was away for ${show(r.open - r.dropped, "seconds")}${heard}`;
}

// Round lengths of time for the axis of a panel.
function ticks(length: number, room: number): number[] {
  const rough = length / Math.max(1, Math.floor(room / 64));
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough)!;
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, i) => i * step);
}

export function Comebacks({ recovery }: { recovery: Recovery }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const near = use_near(canvas);
  const panels = useMemo(() => panels_of(recovery), [recovery]);
  const rows = useMemo(() => new Map([...new Set(recovery.returns.map((r) => r.client))].sort((a, b) => a - b).map((client, i) => [client, i])), [recovery]);
  // Long enough for all who came back; who did not is drawn to the end.
  const length = useMemo(() => panels.reduce((most, p) => p.returns.reduce((m, r) => Math.max(m, (end_of(r) ?? r.dropped) - p.start), most), 0) * 1.04 || 1, [panels]);
  const [from, set_from] = useState(0);
  const [fit, set_fit] = useState(panels.length);
  const [at, set_at] = useState<[number, number] | null>(null); // panel, return
  const shown = panels.slice(from, from + fit);
  const height = head + foot + Math.min(Math.max(rows.size * 8, 90), 320);
  const has_heard = recovery.returns.some((r) => r.heard !== undefined);
  const has_missing = recovery.returns.some((r) => r.open === undefined);

  const paint = () => {
    const c = canvas.current;
    const ctx = c?.getContext("2d");
    if (!c || !ctx) return;
    const ratio = devicePixelRatio || 1;
    c.width = Math.max(1, Math.round(c.clientWidth * ratio));
    c.height = Math.max(1, Math.round(c.clientHeight * ratio));
    ctx.scale(ratio, ratio);
    const width = c.clientWidth / shown.length;
    const line = (height - head - foot) / rows.size;
    const thick = Math.max(1, line * 0.62);
    ctx.font = "11px system-ui, sans-serif";
    shown.forEach((panel, i) => {
      const left = i * width;
      const room = width - 14;
      const x = (t: number) => left + (Math.min(Math.max(t - panel.start, 0), length) / length) * room;
      ctx.fillStyle = color("--ink");
      ctx.fillText(`cycle ${panel.cycle}`, left, 12);
      ctx.fillStyle = color("--soft");
      if (room > 130) ctx.fillText(`at ${show_position(panel.start)}`, left + ctx.measureText(`cycle ${panel.cycle}  `).width, 12);
      ctx.strokeStyle = color("--grid");
      ctx.lineWidth = 1;
      for (const t of ticks(length, room)) {
        const place = Math.round(x(panel.start + t)) + 0.5;
        ctx.beginPath();
        ctx.moveTo(place, head);
        ctx.lineTo(place, height - foot);
        ctx.stroke();
        const label = show(t, "seconds").replace(/(\.\d*?)0+ /, "$1 ").replace(". ", " ");
        ctx.fillText(label, Math.min(place, left + width - 4 - ctx.measureText(label).width), height - 4);
      }
      panel.returns.forEach((r, j) => {
        const y = head + rows.get(r.client)! * line + (line - thick) / 2;
        const back = r.open ?? Infinity;
        ctx.fillStyle = color(r.open === undefined ? "--fail" : "--orange");
        ctx.fillRect(x(r.dropped), y, Math.max(x(back) - x(r.dropped), 2), thick);
        if (r.heard !== undefined) {
          ctx.fillStyle = color("--sky");
          ctx.fillRect(x(back), y + thick * 0.3, Math.max(x(r.heard) - x(back), 1), Math.max(thick * 0.4, 1));
          ctx.fillRect(x(r.heard), y, 2, thick);
        }
        if (at && at[0] === from + i && at[1] === j) {
          ctx.strokeStyle = color("--ink");
          ctx.lineWidth = 1.5;
          ctx.strokeRect(x(r.dropped) - 2, y - 1.5, Math.max(x(end_of(r) ?? Infinity) - x(r.dropped), 2) + 5, thick + 3);
        }
      });
    });
    mark_drawn(c);
  };
  useEffect(() => {
    if (!near) return;
    const measure = () => set_fit(Math.max(1, Math.floor(canvas.current!.clientWidth / narrowest)));
    measure();
    paint();
    const watch = new ResizeObserver(() => (measure(), paint()));
    watch.observe(canvas.current!);
    const forget = on_theme_change(paint);
    return () => (watch.disconnect(), forget());
  }, [near, at, from, fit, panels]);

  const point = (e: PointerEvent) => {
    const box = canvas.current!.getBoundingClientRect();
    const i = Math.floor(((e.clientX - box.left) / box.width) * shown.length);
    const row = Math.floor(((e.clientY - box.top - head) / (height - head - foot)) * rows.size);
    const j = shown[i]?.returns.findIndex((r) => rows.get(r.client) === row) ?? -1;
    set_at(j >= 0 ? [from + i, j] : null);
  };
  const walk = (e: KeyboardEvent) => {
    const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[e.key];
    if (!step) return;
    e.preventDefault();
    const panel = Math.min(Math.max((at?.[0] ?? from) + (at ? step[0] : 0), 0), panels.length - 1);
    const j = Math.min(Math.max((at?.[1] ?? 0) + (at ? step[1] : 0), 0), panels[panel].returns.length - 1);
    set_at([panel, j]);
    if (panel < from || panel >= from + fit) set_from(Math.floor(panel / fit) * fit);
  };
  const chosen = at && panels[at[0]]?.returns[at[1]];

  return (
    <figure class="plot wide">
      <figcaption>
        <span class="plot-title">who was away, by cycle and client</span>
        {panels.length > fit && (
          <span class="choice" role="group" aria-label="which cycles are shown">
            <button type="button" class="quiet" disabled={from === 0} onClick={() => set_from(Math.max(0, from - fit))}>
              ← earlier
            </button>
            <button type="button" class="quiet" disabled={from + fit >= panels.length} onClick={() => set_from(from + fit)}>
              later →
            </button>
          </span>
        )}
      </figcaption>
      <canvas
        ref={canvas}
        class="comebacks"
        style={{ height: `${height}px` }}
        role="img"
        tabIndex={0}
        aria-label={`${recovery.returns.length} returns of ${rows.size} clients in ${panels.length} cycles`}
        onPointerMove={point}
        onPointerLeave={() => set_at(null)}
        onKeyDown={walk}
      />
      <p class="heat-at" aria-live="polite">
        {chosen ? (
          `cycle ${chosen.cycle}: ${told(chosen)}`
        ) : (
          <span class="legend">
            <span class="legend-band">
              <i style={{ background: "var(--orange)" }} />
              away
            </span>
            {has_heard && (
              <span class="legend-band">
                <i style={{ background: "var(--sky)", height: "4px" }} />
                back, until the first message
              </span>
            )}
            {has_missing && (
              <span class="legend-band">
                <i style={{ background: "var(--fail)" }} />
                did not come back
              </span>
            )}
            <span class="legend-band">a line for each client; time since the cycle began</span>
          </span>
        )}
      </p>
      {(recovery.further_returns ?? 0) > 0 && <p class="soft">The slowest {show_count(recovery.returns.length)} are drawn; {show_count(recovery.further_returns!)} quicker ones are not.</p>}
    </figure>
  );
}
