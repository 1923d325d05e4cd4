// Writes src/api/generated.ts from the schemas of docs/api/openapi.json.   npm run gen   (--check: only says whether it is up to date)
// The popular generator needs an older TypeScript than ours; the schemas use a small part of JSON Schema, so this is all it takes.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("../../../../docs/api/openapi.json", import.meta.url));
const target = fileURLToPath(new URL("../src/api/generated.ts", import.meta.url));

const PRIMITIVES = { string: "string", integer: "number", number: "number", boolean: "boolean", null: "null" };
const nameOf = (ref) => ref.split("/").at(-1);
const union = (parts) => [...new Set(parts)].join(" | ");

function typeOf(schema, indent) {
  if (schema.$ref !== undefined) return nameOf(schema.$ref);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return union(schema.enum.map((value) => JSON.stringify(value)));
  const parts = schema.oneOf ?? schema.anyOf;
  if (parts !== undefined) return union(parts.map((part) => typeOf(part, indent)));
  if (schema.allOf !== undefined) return schema.allOf.map((part) => typeOf(part, indent)).join(" & ");
  if (Array.isArray(schema.type)) return union(schema.type.map((type) => typeOf({ ...schema, type }, indent)));
  if (schema.type === "array") return `readonly ${wrapped(typeOf(schema.items ?? {}, indent))}[]`;
  if (schema.type === "object") return objectOf(schema, indent);
  return PRIMITIVES[schema.type] ?? "unknown";
}

const wrapped = (type) => (/[|&]| /.test(type) && !type.startsWith("{") ? `(${type})` : type);

function objectOf(schema, indent) {
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) {
    const values = typeof schema.additionalProperties === "object" ? typeOf(schema.additionalProperties, indent) : "unknown";
    return `Readonly<Record<string, ${values}>>`;
  }
  const inside = `${indent}  `;
  const required = new Set(schema.required ?? []);
  const lines = properties.flatMap(([name, property]) => [
    ...(property.description === undefined ? [] : [`${inside}/** ${property.description} */`]),
    `${inside}readonly ${/^\w+$/.test(name) ? name : JSON.stringify(name)}${required.has(name) ? "" : "?"}: ${typeOf(property, inside)};`,
  ]);
  return `{\n${lines.join("\n")}\n${indent}}`;
}

if (!existsSync(source)) {
  console.log("docs/api/openapi.json is not there: nothing to do");
  process.exit(0);
}
const { schemas } = JSON.parse(readFileSync(source, "utf8")).components;
const text = [
  "// Generated from docs/api/openapi.json by `npm run gen`. Do not edit.",
  ...Object.keys(schemas).sort().map((name) => `/** ${schemas[name].description ?? name} */\nexport type ${name} = ${typeOf(schemas[name], "")};`),
].join("\n\n");
const next = `${text}\n`;
const now = existsSync(target) ? readFileSync(target, "utf8") : "";
if (process.argv.includes("--check")) {
  if (now !== next) {
    console.error("src/api/generated.ts is not what docs/api/openapi.json says: run `npm run gen`");
    process.exit(1);
  }
} else if (now !== next) {
  writeFileSync(target, next);
  console.log("wrote src/api/generated.ts");
}
