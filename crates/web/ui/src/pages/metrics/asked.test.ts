import { expect, test } from "vitest";
import { parseSearch, readMetric } from "../../state/url";
import { asked, hasQuantiles } from "./asked";

test("a metric's page asks only what its kind can answer", () => {
  const cases: readonly [string, string, object][] = [
    ["gauge", "", {}],
    ["gauge", "?fn=max&agg=sum&by=service", { time_fn: "max", agg: "sum", by: "service" }],
    ["gauge", "?agg=quantile&quantile=0.99", {}],
    ["sum", "?agg=quantile", {}],
    ["histogram", "", { quantile: ["0.5", "0.95", "0.99"] }],
    ["histogram", "?by=service", { by: "service", quantile: ["0.95"] }],
    ["histogram", "?by=service&quantile=0.999", { by: "service", quantile: ["0.999"] }],
    ["exponential_histogram", "?agg=quantile&quantile=0.5", { quantile: ["0.5"] }],
    ["histogram", "?agg=avg&quantile=0.5&fn=rate", { agg: "avg" }],
    ["summary", "?agg=quantile&quantile=0.5", {}],
    ["summary", "?q=service+%3D+'a'", { filter: "service = 'a'" }],
  ];
  for (const [type, address, want] of cases) {
    const got = Object.fromEntries(Object.entries(asked(readMetric(parseSearch(address)), type)).filter(([, value]) => value !== undefined));
    expect(got, `${type} ${address}`).toEqual(want);
  }
  expect(["gauge", "sum", "summary", "histogram", "exponential_histogram"].filter(hasQuantiles)).toEqual(["histogram", "exponential_histogram"]);
});

test("an address of a metric is read, and what nobody knows is left out", () => {
  const cases: readonly [string, object][] = [
    ["?fn=rate&agg=sum&by=host.name&sort=-last", { fn: "rate", agg: "sum", by: "host.name", sort: "-last" }],
    ["?fn=quick&agg=median&quantile=2", {}],
    ["?quantile=0.9&q=a+%3D+b", { quantile: "0.9", q: "a = b" }],
  ];
  for (const [address, want] of cases) {
    const got = Object.fromEntries(Object.entries(readMetric(parseSearch(address))).filter(([, value]) => value !== undefined));
    expect(got, address).toEqual(want);
  }
});
