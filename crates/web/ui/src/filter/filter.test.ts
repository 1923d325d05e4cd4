import { describe, expect, test } from "vitest";
import { contextAt } from "./context";
import { both, keyText, pickedValues, quote, toggleValue, withoutKey } from "./edit";
import { tokenize } from "./tokens";

const kinds = (text: string) => tokenize(text).map((token) => `${token.kind}:${token.text}`);

describe("tokens", () => {
  test.each([
    ["service = billing", ["key:service", "operator:=", "word:billing"]],
    ["service.name='a b' AND x", ["key:service.name", "operator:=", "text:'a b'", "keyword:AND", "word:x"]],
    ["duration > 1.5s", ["key:duration", "operator:>", "number:1.5s"]],
    ["a NOT IN (1, 'x')", ["key:a", "keyword:NOT", "keyword:IN", "open:(", "number:1", "comma:,", "text:'x'", "close:)"]],
    ["resource.`weird key` EXISTS", ["key:resource.`weird key`", "keyword:EXISTS"]],
    ["url = http://x/y // slow", ["key:url", "operator:=", "word:http://x/y", "comment:// slow"]],
    ["a =~ $v", ["key:a", "operator:=~", "variable:$v"]],
    ["a = 'x", ["key:a", "operator:=", "bad:'x"]],
    ["body.tags[].id = 7", ["key:body.tags[].id", "operator:=", "number:7"]],
    ["'O\\'Brien'", ["text:'O\\'Brien'"]],
  ])("%s", (text, expected) => expect(kinds(text)).toEqual(expected));

  test("every text ends", () => {
    for (const text of ["|", "&&&", "`", "'", "((", "=>", "é ü 名前"]) expect(tokenize(text).at(-1)?.end).toBe(text.length);
  });
});

describe("the place of the cursor", () => {
  const check = (text: string) => {
    const place = contextAt(text, text.length);
    return `${place.context} ${place.key} ${place.word}`.trim();
  };
  test.each([
    ["", "key"],
    ["ser", "key  ser"],
    ["service ", "operator service"],
    ["service =", "value service"],
    ["service = ", "value service"],
    ["service = bil", "value service bil"],
    ["service = 'bil", "value service 'bil"],
    ["service = 'billing' ", "connective service"],
    ["service = billing AND ", "key"],
    ["service = billing AND NOT dur", "key  dur"],
    ["(", "key"],
    ["a IN (1, ", "value a"],
    ["a IN (1) ", "connective a"],
    ["duration BETWEEN 1s ", "connective duration"],
    ["duration BETWEEN 1s AND ", "value duration"],
    ["duration BETWEEN 1s AND 2s AND ", "key"],
    ["a EXISTS ", "connective a"],
    ["a NOT ", "operator a"],
  ])("%s", (text, expected) => expect(check(text)).toBe(expected));
});

describe("edits", () => {
  test("a facet value comes and goes", () => {
    const once = toggleValue("", "service", "billing");
    expect(once).toBe("service = 'billing'");
    const twice = toggleValue(once, "service", "identity");
    expect(twice).toBe("service IN ('billing', 'identity')");
    expect(pickedValues(twice, "service")).toEqual(["billing", "identity"]);
    expect(toggleValue(twice, "service", "billing")).toBe("service = 'identity'");
    expect(toggleValue(once, "service", "billing")).toBe("");
  });
  test("other conditions stay as they were typed", () => {
    expect(toggleValue("duration BETWEEN 1s AND 2s AND error", "service", "a")).toBe("duration BETWEEN 1s AND 2s AND error AND service = 'a'");
    expect(withoutKey("a = 1 AND service = b AND (c = 2)", "service")).toBe("a = 1 AND (c = 2)");
  });
  test("conditions side by side are told apart", () => {
    expect(pickedValues("service = 'billing' duration > 50ms AND status = error", "service")).toEqual(["billing"]);
    expect(pickedValues("error service = billing", "service")).toEqual(["billing"]);
    expect(toggleValue("error service = billing", "service", "billing")).toBe("error");
    expect(pickedValues("(service = a OR b = 1) service = c", "service")).toEqual(["c"]);
    expect(toggleValue("resource.`weird key` = 'x'", "resource.`weird key`", "x")).toBe("");
  });
  test("calls, prefixes and negations stay whole", () => {
    for (const text of ["has(tags, 'x')", "\"time out\"*", "NOT a = 1", "NOT (a = 1 OR b = 2)", "a NOT IN (1, 2)", "search(\"x\", name)", "a EXISTS"]) {
      expect(toggleValue(text, "service", "b"), text).toBe(`${text} AND service = 'b'`);
    }
  });
  test("an OR is put in parentheses before more is added", () => {
    expect(toggleValue("a = 1 OR b = 2", "service", "c")).toBe("(a = 1 OR b = 2) AND service = 'c'");
    expect(both("", "a = 1")).toBe("a = 1");
    expect(both("x OR y", "a = 1")).toBe("(x OR y) AND a = 1");
  });
  test("values and keys are quoted as the language reads them", () => {
    expect(quote("O'Brien\\")).toBe("'O\\'Brien\\\\'");
    expect(pickedValues(`a = ${quote("O'Brien\\")}`, "a")).toEqual(["O'Brien\\"]);
    expect(keyText("http.route")).toBe("http.route");
    expect(keyText("weird key")).toBe("`weird key`");
  });
});
