// The editor of a cell: CodeMirror, with the names that Pygments gives to what it colours.
// So a changed cell has the book's colours, in light and in dark, from one style sheet.

import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { tagHighlighter, tags } from "@lezer/highlight";

const { definition, function: called, special, variableName } = tags;
const PYGMENTS = [
  [tags.comment, "c1"],
  [tags.keyword, "k"],
  [tags.moduleKeyword, "kn"],
  [tags.operatorKeyword, "ow"],
  [[tags.bool, tags.null], "kc"],
  [[tags.string, special(tags.string)], "s2"],
  [tags.escape, "se"],
  [tags.number, "mi"],
  [[tags.operator, tags.derefOperator], "o"],
  [[tags.punctuation, tags.bracket, tags.separator, tags.paren], "p"],
  [called(definition(variableName)), "nf"],
  [definition(tags.className), "nc"],
  [tags.meta, "nd"],
  [[variableName, tags.propertyName], "n"],
];
const colours = tagHighlighter(PYGMENTS.map(([tag, name]) => ({ tag, class: name })));

/**
 * @param code to begin with
 * @param label what a screen reader calls it
 * @param changed gets the code after each change
 * @param leave what Escape does; Tab leaves by itself
 */
export function openEditor({ code, label, changed, leave }) {
  const extensions = [
    history(),
    python(),
    indentUnit.of("    "),
    indentOnInput(),
    bracketMatching(),
    syntaxHighlighting(colours),
    keymap.of([{ key: "Escape", run: () => (leave(), true) }, ...defaultKeymap, ...historyKeymap]),
    EditorView.editorAttributes.of({ class: "tab-editor" }),
    EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", translate: "no" }),
    EditorView.updateListener.of(({ docChanged, state }) => docChanged && changed(state.doc.toString())),
  ];
  return new EditorView({ state: EditorState.create({ doc: code, extensions }) });
}
