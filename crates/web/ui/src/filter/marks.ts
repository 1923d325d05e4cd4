// Colours of tokens and the underline of errors, as decorations of the editor.
import { type Extension, RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import { tokenize } from "./tokens";

export interface Span {
  readonly start: number;
  readonly end: number;
}

export const setErrors = StateEffect.define<readonly Span[]>();

const wrong = Decoration.mark({ class: "wrong" });

function errorMarks(spans: readonly Span[], length: number): DecorationSet {
  const ranges = spans
    .map(({ start, end }) => {
      // An error at a place (nothing there yet) marks the character before it.
      const to = Math.min(Math.max(end, start + 1), length);
      return { from: Math.min(start, Math.max(0, to - 1)), to };
    })
    .filter(({ from, to }) => from < to);
  return Decoration.set(
    ranges.map(({ from, to }) => wrong.range(from, to)),
    true,
  );
}

const errors = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = marks.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (effect.is(setErrors)) next = errorMarks(effect.value, transaction.newDoc.length);
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function colors(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const token of tokenize(view.state.doc.toString())) {
    builder.add(token.start, token.end, Decoration.mark({ class: `t-${token.kind}` }));
  }
  return builder.finish();
}

const highlight = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = colors(view);
    }
    update(update: ViewUpdate) {
      if (update.docChanged) this.decorations = colors(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

const mono = { fontFamily: '"JetBrains Mono", monospace', fontSize: "12.5px", fontVariantLigatures: "none" };

/** The look. Custom properties reach into the shadow root, so both themes work. */
const look = EditorView.theme({
  "&": { color: "var(--text)", background: "transparent" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { ...mono, lineHeight: "20px", overflow: "auto" },
  ".cm-content": { padding: "6px 0", caretColor: "var(--text)" },
  ".cm-line": { padding: "0 4px" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-placeholder": { color: "var(--muted)" },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": { background: "color-mix(in srgb, var(--accent) 30%, transparent)" },
  ".t-key": { color: "var(--syntax-key)", fontWeight: "500" },
  ".t-operator, .t-comma, .t-open, .t-close": { color: "var(--syntax-op)" },
  ".t-keyword": { color: "var(--syntax-word)" },
  ".t-text": { color: "var(--syntax-text)" },
  ".t-number, .t-variable": { color: "var(--syntax-number)" },
  ".t-comment": { color: "var(--muted)", fontStyle: "italic" },
  ".t-bad": { color: "var(--error)" },
  ".wrong": { textDecoration: "underline wavy var(--error) 1px", textUnderlineOffset: "3px" },
  ".cm-tooltip": { background: "var(--raised)", border: "1px solid var(--border)", borderRadius: "6px", boxShadow: "var(--shadow)", zIndex: "30" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { ...mono, maxHeight: "300px", minWidth: "260px", padding: "4px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "3px 8px", borderRadius: "4px", display: "flex", gap: "16px", color: "var(--text)" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { background: "var(--selected)", color: "var(--text)" },
  ".cm-completionDetail": { marginLeft: "auto", fontStyle: "normal", color: "var(--muted)", fontFamily: '"Inter Variable", sans-serif', fontSize: "12px" },
  ".cm-completionMatchedText": { textDecoration: "none", color: "var(--accent)" },
});

export const marks: Extension = [errors, highlight, look];
