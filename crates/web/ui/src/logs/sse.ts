// Server-sent events out of pieces of text, as the HTML standard (9.2.6) cuts them: any of the three line ends, comments dropped.

export interface ServerEvent {
  readonly event: string;
  readonly data: string;
  /** The last id that was sent, also by earlier events. */
  readonly id: string;
}

/** Feeds pieces of a stream; each call returns the events that are whole by then. */
export function eventReader(): (piece: string) => ServerEvent[] {
  let rest = "";
  let event = "";
  let data: string[] = [];
  let id = "";
  const take = (line: string): ServerEvent | undefined => {
    if (line === "") {
      const done = data.length === 0 ? undefined : { event: event === "" ? "message" : event, data: data.join("\n"), id };
      event = "";
      data = [];
      return done;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return undefined;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") event = value;
    else if (field === "data") data.push(value);
    else if (field === "id" && !value.includes("\0")) id = value;
    return undefined;
  };
  return (piece) => {
    rest += piece;
    // A carriage return at the end may be half of a pair.
    const whole = rest.endsWith("\r") ? rest.slice(0, -1) : rest;
    const lines = whole.split(/\r\n|\r|\n/);
    rest = (lines.pop() ?? "") + rest.slice(whole.length);
    return lines.flatMap((line) => take(line) ?? []);
  };
}
