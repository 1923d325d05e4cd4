/** An attribute as text: typed wrappers of language.md 5.1 (`$int`, `$float`, `$bytes`) are opened, lists and objects are JSON. */
export function attributeText(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "";
  if (typeof value !== "object") return String(value);
  if (!Array.isArray(value)) {
    const entries = Object.entries(value as Record<string, unknown>);
    const [only] = entries;
    if (entries.length === 1 && only !== undefined && ["$int", "$float", "$bytes"].includes(only[0])) return String(only[1]);
  }
  return JSON.stringify(value);
}
