// What a chapter's page carries before anybody runs a cell: the buttons, and the door to
// everything else. A classic script without imports, so that it also runs from disk,
// where it says why no Python can; tab/notebook.js comes with the first press.
{
  const config = JSON.parse(document.getElementById("lw-tab").textContent);
  const { words } = config;

  const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);

  function element(tag, name, text = "", attributes = {}) {
    const made = document.createElement(tag);
    made.className = name;
    made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  const button = (what, label, name = "tab-do") =>
    element("button", name, say(what), { type: "button", "data-do": what, ...(label && { "aria-label": label }) });

  /** What holds the buttons under a cell's code. */
  function toolbarOf(cell) {
    const { n, reason } = cell;
    const bar = element("div", "tab-run d-print-none", "", { role: "group", "aria-label": say("cell", { n }) });
    if (reason) {
      const why = element("p", "tab-why", `${words.reasons[reason]} `);
      why.append(element("a", "", say("elsewhere"), { href: config.help }), ".");
      bar.append(why);
      return bar;
    }
    const more = element("details", "tab-more");
    const menu = element("div", "tab-menu");
    menu.append(button("above"), button("reset"));
    menu.lastChild.hidden = true;
    more.append(element("summary", "tab-do", "⋯", { "aria-label": say("more", { n }) }), menu);
    cell.changed = element("span", "tab-changed", say("changed"));
    cell.changed.hidden = true;
    cell.state = element("span", "tab-state");
    bar.append(button("run", say("run_cell", { n })), button("edit", say("edit_cell", { n })), more, cell.changed, cell.state);
    return bar;
  }

  function cellOf(div) {
    const input = div.querySelector(":scope .cell_input");
    const pre = input.querySelector("pre");
    const cell = { div, input, pre, id: div.dataset.cell, n: Number(div.dataset.number), reason: div.dataset.reason };
    cell.published = pre.textContent.replace(/\n$/, "");
    cell.key = `live-wire:${location.pathname}:${cell.id}`;
    cell.bar = toolbarOf(cell);
    input.append(cell.bar);
    return cell;
  }

  const cells = [...document.querySelectorAll("div.cell[data-cell]")].map(cellOf);
  const cellAt = (target) => cells.find(({ div }) => div === target.closest?.("div.cell[data-cell]"));

  // One bar for the whole page, out of sight until there is something to say.
  const bar = element("div", "tab-bar d-print-none", "", { role: "region", "aria-label": say("bar") });
  const said = element("p", "tab-said", "", { role: "status" });
  bar.hidden = true;
  bar.append(said);
  document.querySelector(".bd-article-container").append(bar);

  function tell(text) {
    said.textContent = text;
    if (!bar.hidden) return;
    bar.hidden = false;
    document.documentElement.classList.add("tab-has-bar");
    const at = document.activeElement;
    if (at !== document.body) at.scrollIntoView({ block: "nearest" }); // not behind the bar
  }

  let opening;
  /** The rest, brought once; null where it cannot come, and the bar says why. */
  function notebook() {
    if (location.protocol === "file:") {
      tell(say("from_disk"));
      return Promise.resolve(null);
    }
    opening ??= import("./notebook.js").then(({ open }) => open({ config, cells, bar, said, tell, say, element, button }));
    return opening.catch((error) => {
      console.error(error);
      tell(say("failed_page"));
      return null;
    });
  }

  const act = async (what, cell) => (await notebook())?.act(what, cell);

  const closeMenus = (but) =>
    document.querySelectorAll(".tab-more[open]").forEach((menu) => menu !== but && (menu.open = false));

  document.addEventListener("click", ({ target }) => {
    closeMenus(target.closest(".tab-more"));
    const pressed = target.closest(".tab-run [data-do], .tab-bar [data-do], .lw-actions [data-do]");
    const cell = cellAt(target);
    if (pressed) {
      closeMenus();
      act(pressed.dataset.do, cell);
    } else if (cell && !cell.reason && cell.pre.contains(target) && getSelection().isCollapsed) {
      // A finger that touches code wants to read it; it has the button.
      if (matchMedia("(pointer: fine)").matches) act("edit", cell);
    }
  });

  document.addEventListener("keydown", (event) => {
    const open = document.querySelector(".tab-more[open]");
    if (event.key === "Escape" && open) {
      open.open = false;
      open.firstChild.focus();
      return;
    }
    const cell = cellAt(event.target);
    if (event.key !== "Enter" || event.altKey || !cell?.input.contains(event.target)) return;
    if (event.shiftKey || event.ctrlKey || event.metaKey) {
      event.preventDefault();
      event.stopPropagation();
      if (!cell.reason) act("run", cell);
      if (event.shiftKey) focusAfter(cell);
    } else if (event.target === cell.pre && !cell.reason) {
      event.preventDefault();
      act("edit", cell);
    }
  }, true); // before the editor makes a new line of it

  function focusAfter(cell) {
    const next = cells.slice(cells.indexOf(cell) + 1).find(({ reason }) => !reason);
    next?.bar.firstChild.focus({ preventScroll: true });
    next?.bar.scrollIntoView({ block: "nearest" }); // what ran stays in sight where it can
  }

  window.liveWire = {
    cells: cells.map(({ id }) => id),
    run: async (id) => (await notebook())?.run(cells.find((cell) => cell.id === id)),
    runAll: async (options) => (await notebook())?.runAll(options),
    outputs: () => [], // until something has run
  };

  // A reader who changed a cell finds the change again.
  if (cells.some(({ key }) => kept(key))) notebook().then((book) => book?.restore());

  function kept(key) {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // this browser keeps nothing
    }
  }
}
