"""Pieces of filters that we send to Kanbert: text in its filter language, without the language's own package.

Whoever has a syntax tree prints it (`domain.conditions.printing`); the functions that ask for lists do not load that.
"""

from collections.abc import Iterable


def literal(text: str) -> str:
    """`"text"`, whatever the text holds."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'


def one_of(texts: Iterable[str]) -> str:
    """`["a", "b"]`, each once."""
    return f"[{', '.join(map(literal, dict.fromkeys(texts)))}]"
