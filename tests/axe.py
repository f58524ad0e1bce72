"""axe-core on a page: what it finds serious."""

from axe_playwright_python.base import AXE_SCRIPT

# A page that marks texts with data-look has the contrast measured in these only.
LOOKS = "axe.configure({rules: [{id: 'color-contrast', selector: '[data-look]'}]});"

# preload: axe would fetch the style sheets anew, by addresses it gets wrong.
# region: takes longest, and what it finds is never serious.
OPTIONS = {
    "preload": False,
    "resultTypes": ["violations"],
    "rules": {"region": {"enabled": False}},
}

# One line for each serious or critical finding.
FIND = """async (options) => {
  const { violations } = await axe.run(document, options);
  return violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)].join(" "));
}"""


def bring_axe(page, configure=""):
    """Put axe into the page, once for all its judgements."""
    page.evaluate(f"{AXE_SCRIPT};\n{configure}")


def serious(page, **options):
    """One line for each serious or critical finding on the page."""
    return page.evaluate(FIND, OPTIONS | options)
