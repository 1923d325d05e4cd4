// Which of several processes: what is drawn by lot may be cut, what a person gave may not.
const DRAWN = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;
const SHORT = 8;

/** The id of an instance for a narrow column: the start of a UUID, anything else whole (`127.0.0.1:6390`). */
export function instanceId(id: string): string {
  return DRAWN.test(id) ? id.slice(0, SHORT) : id;
}
