// Metrics as OTLP sends them in JSON: some points half a minute apart, the newest five seconds ago.
const STEP_MS = 30_000;
const NEWEST_MS = 5000;

const ns = (ms) => `${BigInt(Math.round(ms)) * 1_000_000n}`;
const attributesOf = (said) => Object.entries(said).map(([key, stringValue]) => ({ key, value: { stringValue } }));
const times = (now, count) => Array.from({ length: count }, (_, i) => now - NEWEST_MS - (count - 1 - i) * STEP_MS);

function points(now, lines) {
  return lines.flatMap(([labels, values]) => {
    const at = times(now, values.length);
    return values.map((asDouble, i) => ({ startTimeUnixNano: ns(at[0]), timeUnixNano: ns(at[i]), attributes: attributesOf(labels), asDouble }));
  });
}

export const gauge = (name, unit, now, lines) => ({ name, unit, gauge: { dataPoints: points(now, lines) } });

/** Cumulative; one that only rises counts from zero at its first point. */
export const sum = (name, unit, now, lines, isMonotonic = false) => ({ name, unit, sum: { aggregationTemporality: 2, isMonotonic, dataPoints: points(now, lines) } });

/** A distribution of three looks, the last one with an example taken inside a span. */
export function distribution(name, unit, now, { traceId, spanId, value }) {
  const at = times(now, 3);
  const dataPoints = at.map((moment, i) => ({
    startTimeUnixNano: ns(at[0]),
    timeUnixNano: ns(moment),
    count: `${i * 4}`,
    sum: i,
    explicitBounds: [0.1, 0.5, 1],
    bucketCounts: ["0", `${i * 3}`, `${i}`, "0"],
    ...(i === at.length - 1 ? { exemplars: [{ timeUnixNano: ns(moment - 1000), asDouble: value, traceId, spanId }] } : {}),
  }));
  return { name, unit, histogram: { aggregationTemporality: 2, dataPoints } };
}

export const resource = (attributes, metrics) => ({ resourceMetrics: [{ resource: { attributes: attributesOf(attributes) }, scopeMetrics: [{ scope: { name: "walk" }, metrics }] }] });
