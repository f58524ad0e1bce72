// What the reader changed: opened for writing, kept in this browser, given back on wish.
// A cell's code is always the text of its <pre>, whether an editor stands before it or not.

export class Edits {
  #editors = new Map(); // cell → its editor
  #originals = new Map(); // cell → the book's coloured code

  constructor({ cells, say, tell, element }) {
    Object.assign(this, { cells, say, tell, element });
  }

  codeOf(cell) {
    return cell.pre.textContent.replace(/\n$/, "");
  }

  /** Puts an editor in place of the code, and the cursor into it. */
  async open(cell, { code = this.codeOf(cell), focus = false } = {}) {
    const { openEditor } = await import("./editor.js");
    if (!this.#editors.has(cell)) {
      this.#originals.set(cell, [...cell.pre.childNodes]);
      const editor = openEditor({
        code,
        label: this.say("code", { n: cell.n }),
        changed: (now) => this.#change(cell, now),
        leave: () => cell.bar.firstChild.focus(),
      });
      this.#editors.set(cell, editor);
      cell.pre.hidden = true;
      cell.pre.after(editor.dom);
      this.#change(cell, code);
    }
    if (focus) this.#editors.get(cell).focus();
  }

  #change(cell, code) {
    if (code !== this.codeOf(cell)) cell.pre.textContent = `${code}\n`;
    const changed = code !== cell.published;
    cell.input.classList.remove("tab-has-error");
    cell.bar.querySelector("[data-do=reset]").hidden = !changed;
    cell.changed.hidden = !changed;
    if (changed) this.#keep(cell, JSON.stringify({ of: cell.published, code }));
    else this.#keep(cell, null);
  }

  #keep(cell, value) {
    try {
      if (value === null) localStorage.removeItem(cell.key);
      else localStorage.setItem(cell.key, value);
    } catch {
      this.tell(this.say("unkept")); // no room, or a browser that keeps nothing
    }
  }

  /** The book's code again. */
  reset(cell) {
    const editor = this.#editors.get(cell);
    if (!editor) return;
    editor.destroy();
    this.#editors.delete(cell);
    this.#change(cell, cell.published);
    cell.pre.replaceChildren(...this.#originals.get(cell));
    cell.pre.hidden = false;
    cell.bar.firstChild.focus();
  }

  /** What this browser kept of this page. A change of code that the book has changed since waits for a word. */
  async restore() {
    for (const cell of this.cells) {
      const { of, code } = JSON.parse(localStorage.getItem(cell.key)) ?? {};
      if (code === undefined || cell.reason) continue;
      if (of === cell.published) await this.open(cell, { code });
      else this.#ask(cell, code);
    }
  }

  #ask(cell, code) {
    const note = this.element("div", "tab-note d-print-none");
    const answer = (word, run) => {
      const button = this.element("button", "tab-do", this.say(word), { type: "button" });
      button.addEventListener("click", () => {
        note.remove();
        run();
      });
      return button;
    };
    note.append(
      this.element("p", "", this.say("new_edition")),
      answer("take_mine", () => this.open(cell, { code, focus: true })),
      answer("drop_mine", () => this.#keep(cell, null)),
    );
    cell.bar.before(note);
  }
}
