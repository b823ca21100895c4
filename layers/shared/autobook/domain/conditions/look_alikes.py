"""Texts as they look: characters that cannot be seen, or that look like others, are read as what is seen.

A no-break space pasted from a web page is a blank to whoever reads it, a soft hyphen is nothing, full width letters are
letters, and a `ü` is one, however it is encoded. `plain` is applied to both sides of every comparison; nothing that is
written to Kanbert goes through it. Which characters: Unicode's space separators, the default ignorable ones, half and
full width forms, two hyphens (a test takes them from the Unicode database).
"""

import re
from collections.abc import Iterator
from typing import Final
from unicodedata import is_normalized, name, normalize

_SPACES: Final = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_UNSEEN: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_HYPHENS: Final = "\u2010\u2011"
_LIKE_OTHERS: Final = re.compile(
    f"(?P<space>[{_SPACES}])|(?P<unseen>[{_UNSEEN}])|(?P<hyphen>[{_HYPHENS}])|[\uff01-\uffef]"
)
_OPERATORS: Final = {
    "≥": ">=", "⩾": ">=", "≧": ">=", "≤": "<=", "⩽": "<=", "≦": "<=", "≠": "!=", "−": "-", "–": "-", "—": "-",
}  # fmt: skip
"""What looks like an operator, or a minus."""


def plain(text: str) -> str:
    """The text as it looks, in composed form (NFC); what is plain already comes back as it is."""
    return text if text.isascii() else normalize("NFC", _LIKE_OTHERS.sub(_seen, text))


def as_typed(text: str) -> str:
    """The text with the characters of a keyboard, also for mathematical signs: how a condition's author types it."""
    return "".join([_OPERATORS.get(char, char) for char in plain(text)])


def look_alike_at(text: str, at: int) -> bool:
    """Whether the character there is not what it looks like, so that no condition can be made of it."""
    return at < len(text) and not text[at].isspace() and as_typed(text[at]) != text[at]


def described(char: str) -> str:
    """The character for people: `U+00A0 (no-break space)`."""
    return f"U+{ord(char):04X} ({name(char, 'no name').lower()})"


def visible(text: str) -> str:
    """The text with what cannot be told from another character in brackets: `ACME[U+00A0]Ltd`."""
    return _LIKE_OTHERS.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)


def remarks(text: str) -> Iterator[str]:
    """What is not as it looks in a text, a phrase for each kind of character."""
    for char in dict.fromkeys(found[0] for found in _LIKE_OTHERS.finditer(text)):
        read_as = plain(char)
        meaning = "a blank" if read_as == " " else f'"{read_as}"' if read_as else "nothing"
        yield f"{described(char)} is compared as {meaning}"
    if not is_normalized("NFC", _LIKE_OTHERS.sub(_seen, text)):
        yield "letters with separate accents are compared as single letters"


def _seen(found: re.Match[str]) -> str:
    match found.lastgroup:
        case "space":
            return " "
        case "unseen":
            return ""
        case "hyphen":
            return "-"
        case _:
            return normalize("NFKC", found[0])
