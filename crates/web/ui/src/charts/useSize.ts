import { useLayoutEffect, useState, type RefObject } from "react";

/** The size of an element's content box in whole pixels, followed. */
export function useSize(element: RefObject<HTMLElement | null>): { readonly width: number; readonly height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const target = element.current;
    if (target === null) return;
    const read = () => setSize((old) => (old.width === target.clientWidth && old.height === target.clientHeight ? old : { width: target.clientWidth, height: target.clientHeight }));
    read();
    const observer = new ResizeObserver(read);
    observer.observe(target);
    return () => observer.disconnect();
  }, [element]);
  return size;
}
