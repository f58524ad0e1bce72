// Measured figures in the browser: labels → layout → render → its clean-up.
// It is loaded from a blob URL, so it imports nothing. Text is only ever set as
// textContent.

const LABELS = {
  en: {
    recorded: "recorded", yours: "yours", none: "Nothing is recorded yet.",
    from: (how) => `Recorded on ${how}.`,
    run: "Where you run the cell, it measures your machine.",
    now: "Yours: measured by this kernel, just now.",
  },
  vi: {
    recorded: "đã ghi", yours: "của bạn", none: "Chưa ghi lại số liệu nào.",
    from: (how) => `Ghi lại trên ${how}.`,
    run: "Nơi bạn chạy ô này, nó đo máy của bạn.",
    now: "Của bạn: kernel này vừa đo.",
  },
};
const WHOSE = ["recorded", "yours"];

// ---- Layout: values in, values out; Node tests these without a browser.

export const labelsOf = (lang) => LABELS[lang] ?? LABELS.en;

/** "1,234.5", or "1.234,5" in Vietnamese. */
export function numberText(value, lang) {
  const [whole, part] = (Math.round(value * 10) / 10).toFixed(1).split(".");
  const [comma, point] = lang === "vi" ? [".", ","] : [",", "."];
  return whole.replace(/\B(?=(\d{3})+$)/g, comma) + (part === "0" ? "" : point + part);
}

/** Each row with its bars in percent of the longest bar of its unit. */
export function barsOf(rows, lang) {
  const most = new Map();
  for (const row of rows)
    for (const whose of WHOSE)
      most.set(row.unit, Math.max(most.get(row.unit) ?? 0, row[whose] ?? 0));
  return rows.map((row) => ({
    label: row.label,
    bars: WHOSE.filter((whose) => typeof row[whose] === "number").map((whose) => ({
      whose,
      text: `${numberText(row[whose], lang)} ${row.unit}`,
      percent: most.get(row.unit) ? (100 * row[whose]) / most.get(row.unit) : 0,
    })),
  }));
}

/** Where the figures come from, in sentences. */
export function originOf(how, rows, lang) {
  const words = labelsOf(lang);
  const mine = rows.some((row) => typeof row.yours === "number");
  return [how ? words.from(how) : words.none, mine ? words.now : words.run].join(" ");
}

// ---- Render.

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function barOf({ whose, text, percent }, words) {
  const line = element("div", `lw-measure lw-${whose}`);
  const track = element("div", "lw-track");
  const fill = element("div", "lw-fill");
  fill.style.width = `${percent}%`;
  track.append(fill);
  line.append(element("span", "lw-whose", words[whose]), track, element("span", "lw-figure", text));
  return line;
}

function render({ model, el }) {
  const root = element("section", "lw-face lw-measured");
  function draw() {
    const lang = model.get("lang");
    const [words, rows] = [labelsOf(lang), model.get("rows")];
    const list = element("dl", "lw-figures");
    for (const { label, bars } of barsOf(rows, lang)) {
      const figures = element("dd", "lw-bars");
      figures.append(...bars.map((bar) => barOf(bar, words)));
      list.append(element("dt", "lw-what", label), figures);
    }
    const title = element("p", "lw-title", model.get("title"));
    title.hidden = !model.get("title");
    const origin = originOf(model.get("how"), rows, lang);
    root.lang = lang;
    root.setAttribute("aria-label", model.get("title"));
    root.replaceChildren(title, list, element("p", "lw-note", origin));
  }
  draw();
  el.append(root);
  const events = ["lang", "title", "how", "rows"].map((name) => `change:${name}`);
  for (const name of events) model.on(name, draw);
  return () => {
    for (const name of events) model.off(name, draw);
    root.remove();
  };
}

export default { render };
