// Whether an element is near the window, or about to be printed; once true it stays so.
import { type RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

export function use_near(element: RefObject<HTMLElement | null>): boolean {
  const [near, set_near] = useState(false);
  useEffect(() => {
    if (near || !element.current) return;
    const show = () => set_near(true);
    const watch = new IntersectionObserver((entries) => entries.some((e) => e.isIntersecting) && show(), {
      rootMargin: "600px 0px",
    });
    watch.observe(element.current);
    addEventListener("beforeprint", show);
    return () => {
      watch.disconnect();
      removeEventListener("beforeprint", show);
    };
  }, [near]);
  return near;
}

// For tests, which wait until what they look at is there.
export const mark_drawn = (element: HTMLElement) => element.setAttribute("data-drawn", "");
