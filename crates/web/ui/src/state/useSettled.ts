// A value that follows another one when it has stood still: what is typed is asked when the hand rests.
import { useEffect, useState } from "react";

const REST_MS = 250;

export function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), REST_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
