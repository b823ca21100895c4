"""The trace that a message belongs to, from AWS X-Ray's spelling into that of W3C Trace Context.

Sources: "Concepts" (AWS X-Ray developer guide, "Tracing header"); "Trace Context" (W3C recommendation, `traceparent`).
Standard library only: `receive` loads this.
"""

import hashlib
import re
from typing import Final

TRACEPARENT: Final = "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"
"""Version 00: trace id, parent id, flags."""
_ROOT: Final = re.compile("1-([0-9a-fA-F]{8})-([0-9a-fA-F]{24})", re.ASCII)
_PARENT: Final = re.compile("[0-9a-fA-F]{16}", re.ASCII)
_VALID: Final = re.compile("00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)
"""Neither id is all zeros."""


def traceparent(tracing_header: str | None) -> str | None:
    """`Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1` as W3C writes it; None without root.

    A header without a parent (API Gateway sends such) gets one that follows from the root: a parent is mandatory.
    """
    parts = dict(part.strip().partition("=")[::2] for part in (tracing_header or "").split(";"))
    root = _ROOT.fullmatch(parts.get("Root", ""))
    if root is None:
        return None
    trace = "".join(root.groups()).lower()
    parent = parts.get("Parent", "").lower()
    if not _PARENT.fullmatch(parent) or not parent.strip("0"):
        parent = hashlib.sha256(trace.encode()).hexdigest()[:16]
    return valid_traceparent(f"00-{trace}-{parent}-{'01' if parts.get('Sampled') == '1' else '00'}")


def valid_traceparent(text: object) -> str | None:
    """The text if it is one, else None."""
    return text if isinstance(text, str) and _VALID.fullmatch(text) else None
