// The CodeMirror instance of a filter input. It lives in a shadow root, where its styles are constructed sheets:
// style elements in the document would be refused by `default-src 'self'`.
import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, completionStatus } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap, placeholder } from "@codemirror/view";
import type { Signal } from "../api/types";
import { completionSource, type Ends } from "./completion";
import { marks, setErrors, type Span } from "./marks";

export interface Handle {
  readonly view: EditorView;
  readonly setText: (text: string) => void;
  readonly showErrors: (spans: readonly Span[]) => void;
}

interface Options {
  readonly host: HTMLElement;
  readonly text: string;
  readonly signal: Signal;
  readonly label: string;
  readonly hint: string;
  readonly ends: () => Ends;
  readonly onChange: (text: string) => void;
  readonly onCommit: (text: string) => void;
}

export function createEditor({ host, text, signal, label, hint, ends, onChange, onCommit }: Options): Handle {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open", delegatesFocus: true });
  const commit = (view: EditorView) => {
    onCommit(view.state.doc.toString());
    return true;
  };
  const view = new EditorView({
    root,
    parent: root as unknown as Element,
    state: EditorState.create({
      doc: text,
      extensions: [
        Prec.highest(
          keymap.of([
            // With an open list, Enter takes the marked entry; else it runs the filter.
            { key: "Enter", run: (target) => (completionStatus(target.state) === "active" && acceptCompletion(target)) || commit(target) },
            { key: "Mod-Enter", run: commit },
            { key: "Tab", run: acceptCompletion },
          ]),
        ),
        history(),
        closeBrackets(),
        autocompletion({ override: [completionSource(signal, ends)], icons: false, activateOnTypingDelay: 60, interactionDelay: 0, selectOnOpen: false }),
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
        placeholder(hint),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", autocapitalize: "off", autocorrect: "off" }),
        // A filter is one line for the person; pasted line breaks become spaces.
        EditorState.transactionFilter.of((transaction) =>
          transaction.docChanged && transaction.newDoc.lines > 1
            ? [transaction, { changes: { from: 0, to: transaction.newDoc.length, insert: transaction.newDoc.toString().replaceAll("\n", " ") }, sequential: true }]
            : transaction,
        ),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange(update.state.doc.toString());
        }),
        marks,
      ],
    }),
  });
  return {
    view,
    setText(next) {
      if (next !== view.state.doc.toString()) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } });
    },
    showErrors: (spans) => view.dispatch({ effects: setErrors.of(spans) }),
  };
}
