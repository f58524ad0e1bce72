// What every page needs: copy buttons, matches marked after a search, wide tables that
// scroll by themselves. A classic script (deferred), so that pages also open from disk.

const article = document.querySelector("article.bd-article");

function addCopyButton(block) {
  const { copy, copied } = article.dataset;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "lw-copy";
  button.textContent = copy;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(block.textContent.trimEnd());
    button.textContent = copied;
    setTimeout(() => (button.textContent = copy), 1500);
  });
  block.parentElement.append(button);
}

function wrapTable(table) {
  const frame = document.createElement("div");
  frame.className = "lw-scroll pst-scrollable-table-container";
  table.replaceWith(frame);
  frame.append(table);
}

async function markMatches(query, root) {
  const { mark, needlesIn } = await import(new URL(`${root}_static/fold.js`, location));
  mark(article, needlesIn(article.textContent, query));
}

if (navigator.clipboard)
  article.querySelectorAll(".highlight > pre").forEach(addCopyButton);
article
  .querySelectorAll("table:not(.pst-scrollable-table-container *)")
  .forEach(wrapTable);
const query = new URLSearchParams(location.search).get("highlight");
if (query) markMatches(query, document.documentElement.dataset.content_root);
