// Light or dark: as the system says, until somebody uses the switch. Charts have their colours painted in, so they ask
// to be told.
import { useEffect, useState } from "preact/hooks";

export type Theme = "light" | "dark";
const key = "loadstone-theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

// A page opened from disk may have no storage.
function stored(): Theme | null {
  try {
    const value = localStorage.getItem(key);
    return value === "light" || value === "dark" ? value : null;
  } catch {
    return null;
  }
}
let chosen: Theme | null = stored();
let printing = false;

function apply() {
  const theme = printing ? "light" : (chosen ?? (system.matches ? "dark" : "light"));
  if (document.documentElement.dataset.theme === theme) return;
  document.documentElement.dataset.theme = theme;
  listeners.forEach((tell) => tell());
}
apply();
system.addEventListener("change", apply);
// Paper is white.
addEventListener("beforeprint", () => ((printing = true), apply()));
addEventListener("afterprint", () => ((printing = false), apply()));

export function on_theme_change(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}

export function use_theme(): [Theme, () => void] {
  const now = () => document.documentElement.dataset.theme as Theme;
  const [theme, set] = useState(now);
  useEffect(() => on_theme_change(() => set(now())), []);
  const turn = () => {
    chosen = now() === "dark" ? "light" : "dark";
    try {
      localStorage.setItem(key, chosen);
    } catch {
      // It is kept for as long as the page is open.
    }
    apply();
  };
  return [theme, turn];
}
