import { expect, test } from "vitest";
import { graphOf, type Graph, type GraphFrame, type MapEdge, type MapNode } from "../api/graph";
import { edgeFilter, nodeFilter } from "./edgeFilter";
import { edgeKey, pathOf, place, shapeOf } from "./layout";
import { fitted, shown, started, textFactor, zoomed } from "./usePanZoom";
import { isSoonPlaced } from "./usePlaces";
import { around, linesOf, numbersOf, onlyIll, shortName, travel, widthOf } from "./view";

const served = { calls: 100, errors: 0, errorRate: 0, rate: 10, p50: 0.01, p95: 0.02, p99: 0.03 };
const node = (id: string, errorRate = 0): MapNode => ({ ...served, errorRate, id, kind: "service", name: id, system: "" });
const edge = (source: string, target: string, change: Partial<MapEdge> = {}): MapEdge => ({ ...served, source, target, kind: "call", system: "", clientP95: NaN, queueP95: NaN, ...change });
const chain: Graph = { nodes: ["a", "b", "c", "d"].map((id) => node(id)), edges: [edge("a", "b"), edge("b", "c"), edge("b", "d")] };

test("layers go from left to right, and the order of the answer does not matter", () => {
  const layout = place(chain);
  const x = (id: string) => layout.nodes.get(id)?.x ?? NaN;
  expect(x("a")).toBeLessThan(x("b"));
  expect(x("b")).toBeLessThan(x("c"));
  expect(x("c")).toBe(x("d"));
  const turned = { nodes: chain.nodes.toReversed(), edges: chain.edges.toReversed() };
  expect(place(turned)).toEqual(layout);
  expect(shapeOf(turned)).toBe(shapeOf(chain));
});

test("circles and a call of itself are placed too", () => {
  const layout = place({ nodes: [node("a"), node("b")], edges: [edge("a", "b"), edge("b", "a"), edge("a", "a")] });
  expect(layout.nodes.size).toBe(2);
  expect(layout.edges.has(edgeKey({ source: "b", target: "a" }))).toBe(true);
  expect([...layout.nodes.values()].every(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))).toBe(true);
});

test("three hundred nodes find their places", () => {
  const names = Array.from({ length: 300 }, (_, i) => `n${i}`);
  const edges = names.slice(1).map((name, i) => edge(`n${Math.floor(i / 3)}`, name));
  expect(place({ nodes: names.map((name) => node(name)), edges }).nodes.size).toBe(300);
});

test("what would hold up the page is placed beside it", () => {
  const names = (n: number) => Array.from({ length: n }, (_, i) => node(`n${i}`));
  const fan = (n: number) => Array.from({ length: n }, (_, i) => edge(`a${i}`, "b"));
  expect(isSoonPlaced(chain)).toBe(true);
  expect(isSoonPlaced({ nodes: names(61), edges: [] })).toBe(false);
  expect(isSoonPlaced({ nodes: names(20), edges: fan(121) })).toBe(false);
  expect(isSoonPlaced({ nodes: names(20), edges: [...fan(60), ...fan(60), ...fan(60)] })).toBe(true);
});

test("between two nodes lies one line with the sum of what goes over it", () => {
  const [line, ...others] = linesOf([edge("a", "b", { errors: 10 }), edge("a", "b", { kind: "send", p95: 0.5, queueP95: 2 })]);
  expect(others).toEqual([]);
  expect(line).toMatchObject({ calls: 200, errors: 10, errorRate: 0.05, rate: 20, p95: 0.5, queueP95: 2, isAsync: true });
});

test("unhealthy shows what fails and its neighbours", () => {
  const graph = { ...chain, nodes: chain.nodes.map((one) => (one.id === "c" ? node("c", 0.5) : one)) };
  expect(onlyIll(graph).nodes.map(({ id }) => id)).toEqual(["b", "c"]);
  expect(onlyIll(chain)).toEqual({ nodes: [], edges: [] });
});

test("arrows travel along edges and within a layer", () => {
  const { nodes } = place(chain);
  const lines = linesOf(chain.edges);
  const [upper, lower] = (nodes.get("c")?.y ?? 0) < (nodes.get("d")?.y ?? 0) ? ["c", "d"] : ["d", "c"];
  for (const [from, arrow, to] of [["a", "ArrowRight", "b"], ["b", "ArrowLeft", "a"], ["a", "ArrowLeft", undefined], [upper, "ArrowDown", lower], [lower, "ArrowUp", upper], [lower, "ArrowDown", undefined], ["nobody", "ArrowUp", undefined]] as const) {
    expect(travel(from ?? "", arrow, lines, nodes)).toBe(to);
  }
  expect([...around(lines, "b")].toSorted()).toEqual(["a", "b", "c", "d"]);
});

test("filters name what is seen on the map", () => {
  const check = (id: string, kind: MapNode["kind"], system: string, filter: string | undefined) => expect(nodeFilter({ id, kind, system })).toBe(filter);
  check("service:billing", "service", "", "service = 'billing'");
  check("db:postgresql/billing@pg:5432", "database", "postgresql", "db.system.name = 'postgresql' AND db.namespace = 'billing' AND server.address ILIKE 'pg'");
  check("db:mysql/@", "database", "mysql", "db.system.name = 'mysql'");
  check("cache:redis@cache:6379", "cache", "redis", "db.system.name = 'redis' AND server.address ILIKE 'cache'");
  check("cache:redis@10.0.0.7:6379", "cache", "redis", "db.system.name = 'redis' AND server.address = '10.0.0.7'");
  check("cache:redis@my_cache", "cache", "redis", String.raw`db.system.name = 'redis' AND server.address ILIKE 'my\\_cache'`);
  check("queue:kafka/orders", "queue", "kafka", "(messaging.destination.name = 'orders' OR messaging.destination.template = 'orders')");
  check("external:api.stripe.com:8443", "external", "http", String.raw`(server.address ILIKE 'api.stripe.com' OR url.full REGEXP '(?i)^[^/?#]*//([^/?#]*@)?api\\.stripe\\.com:8443([/?#]|$)')`);
  check("external:[2001:db8::1]", "external", "http", String.raw`(server.address REGEXP '(?i)^\\[?2001:db8::1\\]?$' OR url.full REGEXP '(?i)^[^/?#]*//([^/?#]*@)?\\[2001:db8::1\\](:(80|443))?([/?#]|$)')`);
  check("db:postgresql/x@[::1]:5432", "database", "postgresql", String.raw`db.system.name = 'postgresql' AND db.namespace = 'x' AND server.address REGEXP '(?i)^\\[?::1\\]?$'`);
  check("external:(other)", "external", "", undefined);
  check("(user)", "user", "", undefined);
  const nodes = new Map([["db:x/y@z", { id: "db:x/y@z", kind: "database", system: "mysql" }]] as const);
  expect(edgeFilter({ source: "service:a", target: "service:b" }, nodes)).toBe("service = 'b' AND kind = server");
  expect(edgeFilter({ source: "service:a", target: "db:x/y@z" }, nodes)).toBe("service = 'a' AND db.system.name = 'mysql' AND db.namespace = 'y' AND server.address ILIKE 'z'");
  expect(edgeFilter({ source: "(user)", target: "service:b" }, nodes)).toBe("service = 'b'");
});

test("a frame becomes nodes and edges; what has no end or no number is not invented", () => {
  const frame = {
    kind: "graph",
    nodes: { rows: 2, columns: [{ name: "id", values: ["service:a", "x"] }, { name: "kind", values: ["service", "spaceship"] }, { name: "calls", values: [10, 0] }, { name: "errors", values: [1, 0] }, { name: "p95", values: [0.5, null] }] },
    edges: { rows: 2, columns: [{ name: "source", values: ["service:a", "service:a"] }, { name: "target", values: ["x", "gone"] }, { name: "queue_p95", values: [null, 1] }] },
  } as unknown as GraphFrame;
  const { nodes, edges } = graphOf(frame);
  expect(nodes.map(({ kind, errorRate, p95 }) => [kind, errorRate, p95])).toEqual([["service", 0.1, 0.5], ["unknown", NaN, NaN]]);
  expect(edges.map(({ target, queueP95 }) => [target, queueP95])).toEqual([["x", NaN]]);
});

test("views fit, enlarge at a point and move as little as needed", () => {
  const window = { width: 400, height: 200 };
  expect(fitted(window, { width: 800, height: 100 })).toEqual({ x: 0, y: 75, scale: 0.5 });
  expect(fitted({ width: 0, height: 0 }, window)).toEqual({ x: 0, y: 0, scale: 1 });
  expect(started(window, { width: 600, height: 100 }, { x: 9, y: 9 })).toEqual(fitted(window, { width: 600, height: 100 }));
  expect(started(window, { width: 800, height: 9000 }, { x: 40, y: 4000 })).toEqual({ x: 0, y: -2380, scale: 0.62 });
  expect(zoomed({ x: 0, y: 0, scale: 1 }, 2, { x: 100, y: 50 })).toEqual({ x: -100, y: -50, scale: 2 });
  expect(shown({ x: 0, y: 0, scale: 1 }, { x: 200, y: 100 }, window, 20)).toEqual({ x: 0, y: 0, scale: 1 });
  expect(shown({ x: 0, y: 0, scale: 1 }, { x: 500, y: 100 }, window, 20).x).toBe(-120);
});

test.each([100, 400, 560, 900, 9000])("texts of a map %i wide keep their size in the view one begins with", (width) => {
  const { scale } = started({ width: 400, height: 200 }, { width, height: 50 }, { x: 0, y: 0 });
  expect(scale * textFactor(scale)).toBeGreaterThanOrEqual(1);
});

test.each([
  [0, 25, "1.20/s · 0.50 % · 30.0 ms"],
  [0, 18, "1.20/s · 30.0 ms"],
  [0, 15, "1.20/s"],
  [0, 1, "1.20/s"],
  [0.2, 18, "1.20/s · 20.0 %"],
  [0.2, 14, "20.0 %"],
])("what matters most stays when a box has little room: %d errors, %d letters", (errorRate, letters, expected) => {
  expect(numbersOf({ rate: 1.2, errorRate: errorRate === 0 ? 0.005 : errorRate, p95: 0.03 }, letters)).toBe(expected);
});

test("lines have a width and names an end", () => {
  expect(widthOf(0)).toBe(1);
  expect(widthOf(NaN)).toBe(1);
  expect(widthOf(1000)).toBeGreaterThan(widthOf(10));
  expect(widthOf(1e12)).toBe(6);
  expect(shortName("a".repeat(30))).toHaveLength(21);
  expect(shortName("sqlite/identity", 15)).toBe("sqlite/identity");
  expect(shortName("sqlite/identity", 11)).toBe("…/identity");
  expect(shortName("dotmac_bus/device.changed", 11)).toBe("…/device.c…");
  expect(pathOf([])).toBe("");
  expect(pathOf([{ x: 0, y: 0 }, { x: 10, y: 4 }])).toBe("M0.0 0.0C5.0 0.0 5.0 4.0 10.0 4.0");
});
