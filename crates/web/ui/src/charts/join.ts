// Lines of several answers on one axis: bins lie on one grid, but ranges that end "now" may begin one bin apart.
import { lines } from "../api/frame";
import type { SeriesFrame } from "../api/types";

export interface Named {
  readonly label: string;
  readonly frame: SeriesFrame;
}

export interface Joined {
  readonly x: readonly number[];
  readonly lines: readonly { readonly label: string; readonly values: readonly (number | null)[] }[];
}

/** The first line of a column of each answer, named by the answer. */
export function join(answers: readonly Named[], column: string): Joined {
  const x = [...new Set(answers.flatMap(({ frame }) => frame.x))].sort((a, b) => a - b);
  return {
    x,
    lines: answers.flatMap(({ label, frame }) => {
      const line = lines(frame, column)[0];
      if (line === undefined) return [];
      const at = new Map(frame.x.map((moment, i) => [moment, line.values[i] ?? null]));
      return [{ label, values: x.map((moment) => at.get(moment) ?? null) }];
    }),
  };
}
