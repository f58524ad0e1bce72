"""How Hypothesis searches here."""

from hypothesis import settings

# No deadline for one example: on two shared cores any of them may be paused for long.
settings.register_profile("wire", deadline=None)
settings.load_profile("wire")
