"""What axe finds serious on a page, in light and dark."""

from tests.axe import bring_axe, serious

# Where a rule about colours looks, for the texts that are marked.
COLOURS = {
    "color-contrast": "[data-look]",
    "link-in-text-block": "a[href][data-look]",
}

OPEN = "document.querySelectorAll('details').forEach((d) => (d.open = true))"

# Marks one text of each new look (colours, size, class; a link among other words), and
# the link that it is in; gives the new looks. axe measures the contrast of an element
# for 10 ms, and a book repeats few looks thousands of times.
MARK_LOOKS = """(judged) => {
  const looks = new Set(judged);
  const behind = (el) => {
    for (let at = el; at; at = at.parentElement) {
      const { backgroundColor, backgroundImage, opacity } = getComputedStyle(at);
      if (backgroundColor !== "rgba(0, 0, 0, 0)" || backgroundImage !== "none")
        return [backgroundColor, backgroundImage, at === el ? opacity : 1];
    }
  };
  for (const el of document.querySelectorAll("body, body *")) {
    if (![...el.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
    if (!el.checkVisibility()) continue;
    const { color, fontSize, fontWeight, opacity } = getComputedStyle(el);
    const link = el.closest("a");
    const among = link && [getComputedStyle(link).textDecorationLine,
      getComputedStyle(link.parentElement).color];
    const look = [el.tagName, el.className, el.parentElement.className, color,
      fontSize, fontWeight, opacity, behind(el), among].join("|");
    if (!looks.has(look))
      for (const marked of [el, link]) marked?.setAttribute("data-look", "");
    looks.add(look);
  }
  return [...looks].slice(judged.length);
}"""

# A new look is judged where it stands: what stands beside it need not be there. The
# frame of the page stays, for the theme's scripts look for it.
PRUNE = """() => {
  for (const part of document.querySelectorAll("section > *, li"))
    if (!part.matches(":is([data-look], :has([data-look]))")) part.remove();
}"""

# Half of a page are the coloured words of its code: they have nothing but their looks.
UNWRAP_WORDS = """() => {
  for (const word of document.querySelectorAll(".highlight pre span:not([data-look])"))
    if (!word.querySelector("[data-look]")) word.replaceWith(...word.childNodes);
}"""


def in_theme(page, theme):
    page.emulate_media(color_scheme=theme)
    page.locator(f"html[data-theme={theme}]").wait_for()


def judge(page, judged):
    """One line for each serious finding; of what was `judged` before, no colours.

    The page is in light, and is not whole afterwards. For its colours axe lays out
    a map of all that is on it, twice as long as for all else: so last, and of little.
    """
    page.evaluate(OPEN)
    rules = [{"id": name, "selector": where} for name, where in COLOURS.items()]
    bring_axe(page, rules)
    before = len(judged)
    judged += page.evaluate(MARK_LOOKS, judged)
    in_theme(page, "dark")
    judged += page.evaluate(MARK_LOOKS, judged)
    page.evaluate(UNWRAP_WORDS)
    found = serious(page, without=COLOURS)
    if len(judged) > before:
        page.evaluate(PRUNE)
        found += serious(page, runOnly=[*COLOURS])
        in_theme(page, "light")
        found += serious(page, runOnly=[*COLOURS])
    return found
