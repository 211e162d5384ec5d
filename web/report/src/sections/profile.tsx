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
  const top = path[path.length - 1];
  const boxes = useMemo(() => boxes_of(top, 0.002), [top]);
  const depth = Math.max(...boxes.map((b) => b.depth)) + 1;
  const percent = (weight: number) => `${((100 * weight) / root.weight).toFixed(1)} %`;
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
      <svg class="flame" data-drawn="" role="img" aria-label={`Flame graph of ${visible(top.name)}`} style={{ height: `${depth * row}px` }}>
        {boxes.map((box, i) => (
          <svg key={i} x={`${box.left * 100}%`} y={box.depth * row} width={`${box.width * 100}%`} height={row} overflow="hidden" onClick={() => box.frame !== top && set_path([...path, box.frame])}>
            <title>{`${visible(box.frame.name)}: ${percent(box.frame.weight)}, itself ${percent(box.frame.self)}`}</title>
            <rect width="100%" height={row - 1} rx="2" style={{ fill: `var(${box.depth === 0 ? "--grid" : color_of(box.frame.name)})` }} />
            {box.width > 0.03 && (
              <text x="4" y="13">
                {short(box.frame.name, 100)}
              </text>
            )}
          </svg>
        ))}
      </svg>
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
