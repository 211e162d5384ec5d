// Where the service spent its processor time: a flame graph (roots above), and the functions it spent most in.
import { useMemo, useState } from "preact/hooks";
import { boxes_of, hottest, tree_of, type Frame } from "../charts/flame";
import { Table } from "../table";
import { short, Text, visible } from "../text";
import type { Section } from "./section";

const row = 19;
const colors = ["--flame-1", "--flame-2", "--flame-3", "--flame-4"];

// The same function has the same colour everywhere.
function color_of(name: string): string {
  let sum = 0;
  for (let i = 0; i < name.length; ++i) sum = (sum * 31 + name.charCodeAt(i)) >>> 0;
  return colors[sum % colors.length];
}

function Flame({ root }: { root: Frame }) {
  const [path, set_path] = useState<Frame[]>([root]);
  const [at, set_at] = useState<number | null>(null); // a box, by the keys
  const top = path[path.length - 1];
  const boxes = useMemo(() => boxes_of(top, 0.002), [top]);
  const depth = Math.max(...boxes.map((b) => b.depth)) + 1;
  const percent = (weight: number) => `${((100 * weight) / root.weight).toFixed(1)} %`;
  const enter = (frame: Frame) => {
    if (frame === top) return;
    set_path([...path, frame]);
    set_at(null);
  };
  const told = (frame: Frame) => `${visible(frame.name)}: ${percent(frame.weight)}, itself ${percent(frame.self)}`;
  // Down to the widest callee, up to the caller, sideways on the same level; into a box with Enter, out with Escape.
  const walk = (event: KeyboardEvent) => {
    const box = at === null ? undefined : boxes[at];
    let to: number | undefined;
    if (event.key === "Enter" && box) enter(box.frame);
    else if (event.key === "Escape" && path.length > 1) (set_path(path.slice(0, -1)), set_at(null));
    else if (!event.key.startsWith("Arrow")) return;
    else if (!box) to = 0;
    else if (event.key === "ArrowDown") to = boxes.findIndex((b, i) => i > at! && b.depth === box.depth + 1 && b.left >= box.left && b.left < box.left + box.width);
    else if (event.key === "ArrowUp") to = boxes.findIndex((b) => b.depth === box.depth - 1 && b.left <= box.left && box.left < b.left + b.width);
    else {
      const level = boxes.map((b, i) => ({ b, i })).filter(({ b }) => b.depth === box.depth).sort((a, b) => a.b.left - b.b.left);
      to = level[level.findIndex(({ i }) => i === at) + (event.key === "ArrowRight" ? 1 : -1)]?.i;
    }
    event.preventDefault();
    if (to !== undefined && to >= 0) set_at(to);
  };
  return (
    <figure class="plot wide">
      <figcaption class="flame-path">
        <span class="plot-title">flame graph</span>
        {path.slice(1).map((frame, i) => (
          <button type="button" class="quiet" key={i} onClick={() => set_path(path.slice(0, i + 1))}>
            ← {short(frame.name, 30)}
          </button>
        ))}
      </figcaption>
      <svg class="flame" data-drawn="" role="img" tabindex={0} onKeyDown={walk} aria-label={`Flame graph of ${visible(top.name)}`} style={{ height: `${depth * row}px` }}>
        {boxes.map((box, i) => (
          <svg key={i} x={`${box.left * 100}%`} y={box.depth * row} width={`${box.width * 100}%`} height={row} overflow="hidden" onClick={() => enter(box.frame)} onPointerEnter={() => set_at(i)}>
            <title>{told(box.frame)}</title>
            <rect class={i === at ? "chosen" : ""} width="100%" height={row - 1} rx="2" style={{ fill: `var(${box.depth === 0 ? "--grid" : color_of(box.frame.name)})` }} />
            {box.width > 0.03 && (
              <text x="4" y="13">
                {short(box.frame.name, 100)}
              </text>
            )}
          </svg>
        ))}
      </svg>
      <p class="heat-at" aria-live="polite">
        {at !== null && boxes[at] ? told(boxes[at].frame) : <span class="soft">wider: more processor time; a click or Enter looks closer</span>}
      </p>
    </figure>
  );
}

export const profile: Section = {
  id: "profile",
  title: "Profile",
  applies: (s) => !!s.profile && Array.isArray(s.profile.profiles) && s.profile.profiles.some((p) => p.type === "sampled"),
  View: ({ s }) => {
    const root = useMemo(() => tree_of(s.profile!), [s.profile]);
    return (
      <>
        <Flame root={root} />
        <Table
          label="functions by the time spent in themselves"
          columns={[{ title: "function" }, { title: "itself" }]}
          rows={hottest(root, 10).map((f) => [<Text>{f.name}</Text>, `${((100 * f.self) / root.weight).toFixed(1)} %`])}
        />
      </>
    );
  },
};
