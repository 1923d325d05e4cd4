import { sparkPath } from "./sparkPath";

/** A small line without axes: shape only, the number stands beside it. */
export function Spark({ values, color, width = 96, height = 20 }: { readonly values: readonly number[]; readonly color: string; readonly width?: number; readonly height?: number }) {
  const path = sparkPath(values, width, height);
  if (path === "") return null;
  return (
    <svg className="spark" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden>
      <path d={`${path} L${width},${height} L0,${height} Z`} fill={color} fillOpacity="0.12" />
      <path d={path} fill="none" stroke={color} strokeWidth="1.25" strokeLinejoin="round" />
    </svg>
  );
}
