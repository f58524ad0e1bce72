"""axe-core on a page: what it finds serious."""

from axe_playwright_python.base import AXE_SCRIPT

# preload: axe would fetch the style sheets anew, by addresses it gets wrong.
OPTIONS = {"preload": False, "resultTypes": ["violations"]}

# One line for each serious or critical finding.
FIND = """async (options) => {
  const { violations } = await axe.run(document, options);
  return violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)].join(" "));
}"""


def bring_axe(page, rules=()):
    """Put axe into the page, once for all its judgements; change these rules of it."""
    page.evaluate(AXE_SCRIPT)
    page.evaluate("(rules) => axe.configure({ rules })", [*rules])


def serious(page, without=(), **options):
    """One line for each serious or critical finding on the page."""
    # region: takes longest, and what it finds is never serious.
    off = {rule: {"enabled": False} for rule in ("region", *without)}
    return page.evaluate(FIND, OPTIONS | {"rules": off} | options)
