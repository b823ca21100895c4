"""A text as nobody should be shown it, and whether an output is safe. The modules have a case for each command."""

import unicodedata

FORGED = "autobook: all is well"
EVIL = (
    f"\x1b[31mred\x1b]0;title\x07\x9b2J [red]markup[/red] [/nothing] :smile: \u202egnp.exe\u2066 \u200bseen\U000e0041"
    f"\r\n{FORGED}\n{FORGED}\u2028{FORGED}\x85{FORGED}\v{FORGED}\r{FORGED}\x08\x7f\ud800"
)
"""Escape sequences of colours, of the window's title and (in one character) of the screen, Rich's markup, controls that
turn text round, what nobody sees, and line breaks of every kind with a message of ours behind."""
EVIL_NAME = EVIL.replace("/", "").encode("utf-8", "replace").decode()
"""The same as a file's name."""
EVIL_TEXT = f"<script>a()</script>&lt;\"'{EVIL}".replace("\ud800", "")
"""The same without the lone surrogate, which pydantic and AWS do not take, and with what a page might obey."""


def safe(output: str) -> str:
    """The output, after it was made sure that a terminal only shows it, and that no line is forged."""
    for sign in output:
        assert sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cs", "Zl", "Zp"), repr(output)
        assert sign not in "\u202e\u2066\u200b\U000e0041"
    assert not [line for line in output.splitlines() if line.startswith(FORGED)], output
    return output
