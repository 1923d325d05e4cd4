import { expect, test } from "vitest";
import { KEY_PLACEHOLDER, senderEndpoint, snippets } from "./snippets";

test.each([
  ["127.0.0.1:4318", "localhost", "http://127.0.0.1:4318"],
  ["0.0.0.0:4318", "sight.example", "http://sight.example:4318"],
  ["[::]:4318", "sight.example", "http://sight.example:4318"],
  ["[::1]:14318", "localhost", "http://[::1]:14318"],
  ["https://collect.example:443", "x", "https://collect.example:443"],
  [undefined, "localhost", "http://localhost:4318"],
])("%s seen from %s is %s", (listen, host, expected) => expect(senderEndpoint(listen, host, 4318)).toBe(expected));

test("every snippet carries the endpoint and the key", () => {
  for (const { id, text } of snippets({ endpoint: "http://here:1", key: "sl_x" })) {
    expect(text, id).toContain("OTEL_EXPORTER_OTLP_ENDPOINT=http://here:1");
    expect(text, id).toContain("Bearer%20sl_x");
  }
  for (const { id, text } of snippets({ endpoint: "http://here:1", key: "" })) expect(text, id).toContain(KEY_PLACEHOLDER);
});
