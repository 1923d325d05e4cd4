import { copyText } from "../ui/Copy";
import { absolute, resolve, type Range } from "./time";
import { parseSearch, stringifySearch } from "./url";

/** Copies the address of this view with its relative times made fixed; returns the address, and whether the clipboard took it. */
export async function copyFixedLink(range: Range): Promise<{ readonly text: string; readonly copied: boolean }> {
  const window = resolve(range, Date.now());
  const search = { ...parseSearch(location.search), live: undefined, ...(window === undefined ? {} : absolute(window)) };
  const text = `${location.origin}${location.pathname}${stringifySearch(search)}`;
  return { text, copied: await copyText(text) };
}
