// Filters of the trace search for what is seen on the map.
import type { MapEdge, MapNode } from "../api/graph";
import { quote } from "../filter/edit";

const SERVICE = "service:";

const serviceOf = (id: string): string | undefined => (id.startsWith(SERVICE) ? id.slice(SERVICE.length) : undefined);

/** The conditions that hold a node in the trace search; undefined when nothing is known by which to find it. */
export function nodeFilter({ id, kind, system }: Pick<MapNode, "id" | "kind" | "system">): string | undefined {
  const service = serviceOf(id);
  if (service !== undefined) return `service = ${quote(service)}`;
  if ((kind === "database" || kind === "cache") && system !== "") return [`db.system.name = ${quote(system)}`, ...placeOf(id)].join(" AND ");
  // `queue:<system>/<destination>`; of many alike (one for each customer) the destination is their template.
  const queue = /^queue:[^/]*\/(.+)$/.exec(id)?.[1];
  if (queue !== undefined) return `(messaging.destination.name = ${quote(queue)} OR messaging.destination.template = ${quote(queue)})`;
  const [, host, port] = /^external:(\[[^\]]*\]|[^:()]+)(?::(\d+))?$/.exec(id) ?? [];
  return host === undefined ? undefined : `(${isHost(host)} OR ${isUrlOf(host, port)})`;
}

/** What the id says beside the system: `db:<system>/<namespace>@<host>`, `cache:<system>@<host>`, either part may be empty. */
function placeOf(id: string): string[] {
  const [, namespace = "", host = ""] = /^(?:db:[^/@]*\/(.*)|cache:[^@]*)@([^@]*)$/.exec(id) ?? [];
  const name = withoutPort(host);
  return [...(namespace === "" ? [] : [`db.namespace = ${quote(namespace)}`]), ...(name === "" ? [] : [isHost(name)])];
}

/** Ids have hosts in lower case and IPv6 addresses in brackets, spans as they were sent: either is found. */
function isHost(host: string): string {
  if (host.startsWith("[")) return `server.address REGEXP ${quote(String.raw`(?i)^\[?${literal(host.slice(1, -1))}\]?$`)}`;
  return /[a-z]/.test(host) ? `server.address ILIKE ${quote(host.replaceAll(/[\\%_]/g, String.raw`\$&`))}` : `server.address = ${quote(host)}`;
}

/** Some clients name nothing but the URL, maybe with a user in it. */
function isUrlOf(host: string, port: string | undefined): string {
  const end = port === undefined ? "(:(80|443))?" : `:${port}`;
  return `url.full REGEXP ${quote(`(?i)^[^/?#]*//([^/?#]*@)?${literal(host)}${end}([/?#]|$)`)}`;
}

const literal = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

const withoutPort = (host: string): string => host.replace(/^(\[[^\]]*\]|[^:]*):\d+$/, "$1");

/** True when the traces of an edge are those of all its callee's requests: no filter can say who asked. */
export const isOfCallee = ({ source, target }: Pick<MapEdge, "source" | "target">): boolean => serviceOf(source) !== undefined && serviceOf(target) !== undefined;

/** Traces over an edge: what the callee served, or the caller's own spans towards something that sends none. */
export function edgeFilter({ source, target }: Pick<MapEdge, "source" | "target">, nodes: ReadonlyMap<string, Pick<MapNode, "id" | "kind" | "system">>): string | undefined {
  const [from, to] = [serviceOf(source), serviceOf(target)];
  if (to !== undefined && isOfCallee({ source, target })) return `service = ${quote(to)} AND kind = server`;
  const end = nodes.get(from === undefined ? source : target);
  const other = end === undefined ? undefined : nodeFilter(end);
  const service = from ?? to;
  if (service === undefined) return other;
  const whole = `service = ${quote(service)}`;
  return other === undefined ? whole : `${whole} AND ${other}`;
}
