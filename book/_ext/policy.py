"""The content security policy of every page.

Scripts, workers and connections of this site and no other. Python in the tab runs in a
worker that inherits it, so the browser itself keeps a reader's code from talking to the
world. `unsafe-inline` is what the theme's inline scripts need, `unsafe-eval` what
Pyodide needs.
"""

POLICY = "; ".join(
    (
        "default-src 'self' data: blob: 'unsafe-inline'",
        "script-src 'self' blob: 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval'",
        "connect-src 'self' blob: data:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
    )
)
META = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}" />'
