// What every page needs: copy buttons, and the matches marked after a search. A classic
// script (deferred), so that pages also open from disk.

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

async function markMatches(query, root) {
  const { mark, needlesIn } = await import(new URL(`${root}_static/fold.js`, location));
  mark(article, needlesIn(article.textContent, query));
}

if (navigator.clipboard)
  article.querySelectorAll(".highlight > pre").forEach(addCopyButton);
const query = new URLSearchParams(location.search).get("highlight");
if (query) markMatches(query, document.documentElement.dataset.content_root);
