import { expect, test } from "vitest";
import { knownTenants } from "./knownTenants";

const tenant = (id: string) => ({ id, name: "Northwind", plan: "premium", created_at: "2026-10-01T08:00:00Z" });

test("a tenant that is registered and seen stands once", () => {
  expect(knownTenants([tenant("a"), tenant("b")], [{ value: "b", count: 7 }, { value: "c", count: 2 }, { value: "", count: 9 }])).toEqual([
    { id: "a", name: "Northwind", plan: "premium", registered: true, spans: NaN },
    { id: "b", name: "Northwind", plan: "premium", registered: true, spans: 7 },
    { id: "c", name: "", plan: "", registered: false, spans: 2 },
  ]);
});
