"""Texts without what another system may change in them: blanks, line ends, case, Unicode form."""

import unicodedata


def plain_text(text: str) -> str:
    """The same for all forms of a text."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
