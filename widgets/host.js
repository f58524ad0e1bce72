// Brings stored widgets to life on a page without a kernel. A classic script, and the
// modules come as text, one script for each that the page uses: so it works from file:// too.
(() => {
  "use strict";
  const modules = new Map();
  const closing = new Map();

  /** What a widget's module asks of a model: anywidget's, with the state in the page. */
  function modelOf(state) {
    const heard = new Map();
    const emit = (name) => [...(heard.get(name) ?? [])].forEach((run) => run());
    return {
      get: (key) => state[key],
      set(key, value) {
        if (state[key] === value) return;
        state[key] = value;
        emit(`change:${key}`);
      },
      on: (name, run) => heard.set(name, [...(heard.get(name) ?? []), run]),
      off: (name, run) => heard.set(name, (heard.get(name) ?? []).filter((f) => f !== run)),
      save_changes() {},
    };
  }

  function load(name) {
    const sources = window.liveWidgetSources ?? {};
    if (!Object.hasOwn(sources, name)) throw new Error(`no widget is called ${name}`);
    if (!modules.has(name)) {
      const url = URL.createObjectURL(new Blob([sources[name]], { type: "text/javascript" }));
      modules.set(name, import(url).finally(() => URL.revokeObjectURL(url)));
    }
    return modules.get(name);
  }

  /** Draws one widget in place of its snapshot; the snapshot stays when that fails. */
  async function open(wrapper) {
    const stage = document.createElement("div");
    const snapshot = [...wrapper.children];
    closing.set(wrapper, () => {});
    try {
      const state = JSON.parse(wrapper.querySelector(".lw-state").textContent);
      const { default: module } = await load(wrapper.dataset.widget);
      wrapper.append(stage);
      const cleanUp = module.render({ model: modelOf(state), el: stage });
      for (const part of snapshot) part.hidden = true;
      closing.set(wrapper, () => {
        cleanUp?.();
        stage.remove();
        for (const part of snapshot) part.hidden = false;
      });
    } catch (error) {
      stage.remove();
      console.error("This widget stays a table:", error);
    }
  }

  window.liveWidgets = {
    /** Opens every widget below `root` that is not open yet. */
    open: (root = document) =>
      Promise.all([...root.querySelectorAll(".lw-widget")].filter((w) => !closing.has(w)).map(open)),
    /** Closes every widget below `root`: the snapshots come back, no listener stays. */
    close(root = document) {
      for (const [wrapper, cleanUp] of closing) {
        if (!root.contains(wrapper)) continue;
        closing.delete(wrapper);
        cleanUp();
      }
    },
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => window.liveWidgets.open());
  else window.liveWidgets.open();
})();
