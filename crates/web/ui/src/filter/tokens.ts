// The words of the filter language (language.md 1.1) with their positions: enough to colour and to complete, never to decide meaning.

export type TokenKind = "key" | "word" | "text" | "number" | "operator" | "keyword" | "variable" | "open" | "close" | "comma" | "comment" | "bad";

export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const CONNECTIVES = new Set(["AND", "OR", "NOT"]);
const OPERATORS = new Set(["IN", "BETWEEN", "LIKE", "ILIKE", "CONTAINS", "CONTAIN", "REGEXP", "EXISTS", "EXIST"]);
const WORD = /[^\s()[\],=<>!'"`|&;]/;
const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?(%|ns|us|ms|[smhdw]|[kMGT]?B|[KMGT]iB)?$/;

export function isConnective(text: string): boolean {
  return CONNECTIVES.has(text.toUpperCase());
}

export function isWordOperator(text: string): boolean {
  return OPERATORS.has(text.toUpperCase());
}

/** Cuts a text into tokens. Never fails: what cannot be is `bad`. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    if (/\s/.test(char)) {
      at += 1;
      continue;
    }
    const end = endOf(text, at);
    tokens.push({ kind: kindOf(text.slice(at, end)), start: at, end, text: text.slice(at, end) });
    at = end;
  }
  return withKeys(tokens);
}

function endOf(text: string, start: number): number {
  const char = text.charAt(start);
  if (text.startsWith("//", start)) {
    const newline = text.indexOf("\n", start);
    return newline === -1 ? text.length : newline;
  }
  if (char === "'" || char === '"') return endOfQuoted(text, start, char);
  const operator = /^(==|=~|!=|!~|<>|<=|>=|&&|\|\||[=<>!|&;])/.exec(text.slice(start, start + 2));
  if (operator !== null) return start + operator[0].length;
  if ("()[],".includes(char)) return start + 1;
  return endOfWord(text, start);
}

/** A word, or a key with back-quoted parts in it: resource.`weird key`. */
function endOfWord(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    if (text.charAt(at) === "`") {
      const close = text.indexOf("`", at + 1);
      if (close === -1) return text.length;
      at = close + 1;
    } else if (WORD.test(text.charAt(at)) || (text.startsWith("[]", at) && at > start)) {
      at += text.startsWith("[]", at) ? 2 : 1;
    } else break;
  }
  return Math.max(at, start + 1);
}

function endOfQuoted(text: string, start: number, quote: string): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text.charAt(at) === "\\") at += 1;
    else if (text.charAt(at) === quote) return at + 1;
  }
  return text.length;
}

function kindOf(text: string): TokenKind {
  const first = text.charAt(0);
  if (text.startsWith("//")) return "comment";
  if (first === "'" || first === '"') return text.length > 1 && text.endsWith(first) ? "text" : "bad";
  if (first === "(" || (first === "[" && text.length === 1)) return "open";
  if (first === ")" || first === "]") return "close";
  if (first === ",") return "comma";
  if (text === "&&" || text === "||" || isConnective(text) || isWordOperator(text)) return "keyword";
  if ("=<>!".includes(first)) return "operator";
  if ("|&;".includes(first)) return "bad";
  if (first === "$") return "variable";
  return NUMBER.test(text) ? "number" : "word";
}

/** A word before an operator is a key. */
function withKeys(tokens: readonly Token[]): Token[] {
  return tokens.map((token, i) => {
    if (token.kind !== "word" && token.kind !== "number") return token;
    const next = tokens[i + 1];
    const after = tokens[i + 2];
    const negated = next?.text.toUpperCase() === "NOT" && after !== undefined && isWordOperator(after.text);
    const compared = next !== undefined && ((next.kind === "operator" && next.text !== "!") || isWordOperator(next.text) || negated);
    const before = tokens[i - 1];
    return compared && before?.kind !== "operator" ? { ...token, kind: "key" } : token;
  });
}
