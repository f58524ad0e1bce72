"""How many files and sockets this process may have open at once."""

from __future__ import annotations

import sys


def allow_files(wanted: int) -> int:
    """Raises the process's own limit to `wanted`, if the system lets it.

    Args:
        wanted: Open files, sockets and pipes at the same time.

    Returns:
        How many may be open now: `wanted` or more, or less where the hard limit is
        lower. (Raise that one as root: `ulimit -Hn`, or LimitNOFILE= of systemd.)

    Not handled here: Windows and a browser's tab, which know no such limit; `wanted`
    is returned.

    Source: POSIX, getrlimit, RLIMIT_NOFILE. Taught in 11.

    >>> allow_files(10) >= 10
    True
    """
    if sys.platform in ("win32", "emscripten"):
        return wanted
    import resource  # not on those

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else soft
