// Text compared as a reader without a Vietnamese keyboard types it: no accents, no case,
// any Unicode normal form. Twin of fold() in _ext/search.py.

const foldLetter = (letter) =>
  letter.normalize("NFD").replace(/\p{Mn}/gu, "").toLowerCase().replace(/đ/g, "d");

/** "Kết nối Đà Nẵng" → "ket noi da nang"; as long as the text in NFC. */
export const fold = (text) => [...text.normalize("NFC")].map(foldLetter).join("");

/** The words of a text, as the index has them. */
export const words = (text) => fold(text).match(/[\p{L}\p{N}_]+/gu) ?? [];

/** What to look for in a text: the whole phrase where it occurs, or else its words. */
export function needlesIn(text, query) {
  const phrase = words(query).join(" ");
  return fold(text).replace(/\s+/g, " ").includes(phrase) ? [phrase] : words(query);
}

/** Where the needles are in a text: [[start, end]] in order, not overlapping. */
export function matches(text, needles) {
  const folded = fold(text);
  const found = [];
  let from = 0;
  for (;;) {
    const hits = needles
      .map((needle) => [folded.indexOf(needle, from), needle.length])
      .filter(([at]) => at >= 0)
      .sort((a, b) => a[0] - b[0] || b[1] - a[1]);
    if (!hits.length) return found;
    const [at, length] = hits[0];
    found.push([at, at + length]);
    from = at + length;
  }
}

/** Put <mark> around the needles in an element's text. */
export function mark(element, needles) {
  const texts = [];
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const node of texts) {
    const text = node.data.normalize("NFC");
    const found = matches(text, needles);
    if (!found.length) continue;
    const pieces = [];
    let from = 0;
    for (const [start, end] of found) {
      const marked = document.createElement("mark");
      marked.textContent = text.slice(start, end);
      pieces.push(text.slice(from, start), marked);
      from = end;
    }
    node.replaceWith(...pieces, text.slice(from));
  }
}
