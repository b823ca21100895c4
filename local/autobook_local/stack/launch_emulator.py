"""Runs MiniStack with its own Python: `python -I launch_emulator.py`. Imports nothing of ours.

On AWS every call comes over TLS, and a bucket's TLS-only policy refuses the rest. Here the calls are plain HTTP on the
loopback interface; MiniStack believes `X-Forwarded-Proto`, so each call gets the header that a TLS proxy would add.
"""

import ministack.app  # type: ignore[import-not-found]  # it is in its own environment

_plain = ministack.app.app


async def _as_behind_tls(scope, receive, send):  # type: ignore[no-untyped-def]
    if scope["type"] == "http":
        headers = [pair for pair in scope["headers"] if pair[0].lower() != b"x-forwarded-proto"]
        scope = {**scope, "headers": [*headers, (b"x-forwarded-proto", b"https")]}
    await _plain(scope, receive, send)


ministack.app.app = _as_behind_tls
ministack.app.main()
