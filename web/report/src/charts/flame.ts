// Samples of stacks to a tree whose widths are weights.
import type { Profile } from "../document";

export interface Frame {
  name: string;
  weight: number;
  self: number;
  children: Map<string, Frame>;
}

const fresh = (name: string): Frame => ({ name, weight: 0, self: 0, children: new Map() });

export function tree_of(profile: Profile): Frame {
  const root = fresh("all");
  const names = profile.shared.frames.map((f) => f.name);
  for (const part of profile.profiles) {
    if (part.type !== "sampled") continue;
    part.samples.forEach((stack, i) => {
      const weight = part.weights[i] ?? 1;
      let at = root;
      at.weight += weight;
      for (const index of stack) {
        const name = names[index] ?? "?";
        let next = at.children.get(name);
        if (!next) at.children.set(name, (next = fresh(name)));
        next.weight += weight;
        at = next;
      }
      at.self += weight;
    });
  }
  return root;
}

// Names with the weight spent in themselves, heaviest first.
export function hottest(root: Frame, most: number): { name: string; self: number }[] {
  const sums = new Map<string, number>();
  const walk = (frame: Frame) => {
    if (frame.self > 0) sums.set(frame.name, (sums.get(frame.name) ?? 0) + frame.self);
    frame.children.forEach(walk);
  };
  walk(root);
  return [...sums].map(([name, self]) => ({ name, self })).sort((a, b) => b.self - a.self).slice(0, most);
}

export interface Box {
  frame: Frame;
  left: number; // 0 to 1
  width: number;
  depth: number;
}

// Boxes wide enough to be seen, the widest child first.
export function boxes_of(root: Frame, narrowest: number): Box[] {
  const boxes: Box[] = [];
  const place = (frame: Frame, left: number, depth: number) => {
    const width = frame.weight / root.weight;
    if (!(width >= narrowest)) return;
    boxes.push({ frame, left, width, depth });
    for (const child of [...frame.children.values()].sort((a, b) => b.weight - a.weight)) {
      place(child, left, depth + 1);
      left += child.weight / root.weight;
    }
  };
  place(root, 0, 0);
  return boxes;
}
