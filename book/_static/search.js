// The search page. Sphinx builds the index (folded by _ext/search.py) and calls
// Search.setIndex with it; this module ranks pages, then reads each page found to show
// the passages, every one linked to its section.
import { fold, mark, needlesIn, words } from "./fold.js";

const PASSAGES_PER_PAGE = 3;
const CONTEXT = 90; // characters either side of a match
const BLOCKS = "p, li, dt, dd, td, th, pre, summary, h1, h2, h3, h4";

const parse = (html) => new DOMParser().parseFromString(html, "text/html");

/** Documents (by number) that hold a word which contains the given one; exact is better. */
export function scoreWord(index, word) {
  const scores = new Map();
  const add = (table, exact, partial) => {
    for (const [term, found] of Object.entries(table)) {
      if (term !== word && !(word.length > 2 && term.includes(word))) continue;
      const points = term === word ? exact : partial;
      for (const doc of [found].flat())
        scores.set(doc, Math.max(points, scores.get(doc) ?? 0));
    }
  };
  add(index.terms, 5, 2);
  add(index.titleterms, 15, 7);
  return scores;
}

/** Documents that hold every word of the query, the best first. */
export function rank(index, query) {
  const perWord = words(query).map((word) => scoreWord(index, word));
  if (!perWord.length) return [];
  return [...perWord[0].keys()]
    .filter((doc) => perWord.every((scores) => scores.has(doc)))
    .map((doc) => [doc, perWord.reduce((sum, scores) => sum + scores.get(doc), 0)])
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .map(([doc]) => doc);
}

/** The part of a text around its first match. */
function excerpt(text, needles) {
  const folded = fold(text);
  const at = Math.min(...needles.map((n) => folded.indexOf(n)).filter((i) => i >= 0));
  const start = Math.max(0, at - CONTEXT);
  const cut = text.normalize("NFC").slice(start, at + 2 * CONTEXT).trim();
  return (start ? "… " : "") + cut + (at + 2 * CONTEXT < text.length ? " …" : "");
}

/** The smallest blocks of a page that hold the phrase, or else one of its words. */
function passages(page, query) {
  const article = page.querySelector("article.bd-article");
  article.querySelectorAll(".headerlink, script, style").forEach((el) => el.remove());
  const needles = needlesIn(article.textContent, query);
  const hits = [];
  for (const el of article.querySelectorAll(BLOCKS)) {
    if (hits.length === PASSAGES_PER_PAGE) break;
    if (el.querySelector(BLOCKS)) continue;
    const text = fold(el.textContent).replace(/\s+/g, " ");
    if (needles.some((needle) => text.includes(needle))) hits.push([el, needles]);
  }
  return hits;
}

function showPassage(list, address, el, needles) {
  const term = el.closest("dd")?.previousElementSibling;
  const anchor = term ?? el.closest("dt[id], section[id]");
  const item = list.appendChild(document.createElement("li"));
  const link = item.appendChild(document.createElement("a"));
  link.href = anchor?.id ? `${address}#${anchor.id}` : address;
  link.textContent = excerpt(el.textContent.replace(/\s+/g, " ").trim(), needles);
  mark(link, needles);
}

/** Read a page that was found: its title and address, and what to show of it. */
async function readPage(index, doc, query) {
  const root = document.documentElement.dataset.content_root;
  const address = `${root}${index.docnames[doc]}.html`;
  const page = parse(await (await fetch(address)).text());
  return {
    title: parse(index.titles[doc]).body.textContent,
    address: `${address}?highlight=${encodeURIComponent(query)}`,
    passages: passages(page, query),
  };
}

function showPage(out, { title, address, passages }) {
  const section = out.appendChild(document.createElement("section"));
  const heading = section.appendChild(document.createElement("h2"));
  const link = heading.appendChild(document.createElement("a"));
  link.href = address;
  link.textContent = title;
  const list = section.appendChild(document.createElement("ul"));
  for (const [el, needles] of passages) showPassage(list, address, el, needles);
}

async function search(index, query) {
  const found = rank(index, query);
  const { none, one, many } = document.querySelector(".lw-search").dataset;
  const sentence = found.length === 0 ? none : found.length === 1 ? one : many;
  document.getElementById("search-status").textContent = sentence
    .replace("{count}", found.length)
    .replace("{query}", query);
  const pages = await Promise.all(found.map((doc) => readPage(index, doc, query)));
  // A Vietnamese word is often several syllables: pages that hold the phrase come first.
  const scattered = ({ passages: [first] }) => (first && first[1].length === 1 ? 0 : 1);
  pages.sort((a, b) => scattered(a) - scattered(b));
  const out = document.getElementById("search-results");
  pages.forEach((page) => showPage(out, page));
  out.setAttribute("aria-busy", "false");
}

const query = new URLSearchParams(location.search).get("q")?.trim() ?? "";
const input = document.querySelector(".lw-search input");
input.value = query;
input.focus();
if (query) {
  window.Search = { setIndex: (index) => search(index, query) };
  const script = document.body.appendChild(document.createElement("script"));
  script.src = document.querySelector(".lw-search").dataset.index;
}
