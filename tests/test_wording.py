"""One word for one thing: words that made readers stop, and what to say instead (docs/glossary.md).

The code is read by people who know accounts payable and AWS, not us. Each word here was replaced by the field's own,
and must not come back in code, comments, messages or documentation.
"""

import ast
import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.repository import ROOT, files

PACKAGE = ROOT / "layers" / "shared" / "autobook"
SUFFIXES = (".py", ".md", ".yaml", ".yml", ".toml", ".sh", ".html", ".in")
SELF = Path(__file__).relative_to(ROOT)

KEPT = {
    "": ("LedgerTableName", "LedgerTable"),
    "CHANGELOG.md": ("the ledger", "autobook audit", "AuditTime"),
    "local/autobook_cli/": ('"audit"',),
    "tests/autobook_cli/": ('"audit"', "`audit`"),
    "layers/shared/autobook/adapters/dynamodb": ('"yielded"', "`yielded`"),
    "tests/autobook/adapters/dynamodb": ('"yielded"',),
}
"""Exceptions, by the beginning of a path. `LedgerTable` is a logical id: a new one would replace the table, and its
output goes with it. The changelog names what was renamed. The old command is an alias for one version. `yielded` is an
attribute of stored items."""


@dataclass(frozen=True)
class Word:
    """A pattern for words (`_` and capitals separate words as well), what to say instead, and where it counts."""

    pattern: str
    instead: str
    within: str = ""

    @property
    def regex(self) -> re.Pattern[str]:
        """Whole words only, upper and lower case alike."""
        return re.compile(rf"(?<![A-Za-z])(?:{self.pattern})(?![A-Za-z])", re.IGNORECASE)


WORDS = (
    Word("ledgers?", "provenance"),
    Word("audit(s|ed|ing)?", "reconcile"),
    Word("puts?[ _]right", "repair"),
    Word("outbox", "event publisher"),
    Word("rule_books?|rule book", "rule repository"),
    Word("census", "provenance inventory"),
    Word("sqs_returns|bur(y|ied|ies)", "message disposition, dead letter"),
    Word("tries", "attempts"),
    Word("(next|another|second|first|last|every|each|earlier|further) try(?!:)", "attempt"),
    Word("neighbours?", "master data"),
    Word("intending|yielded", "with_pending, human_owned"),
    Word("settle[sd]?|settling", "resolve, completed, apply"),
    Word("is_news|booking_news", "needs_processing, booking_suggestions"),
    Word("lexis|misfits?|json_places|text_form", "tokens, type mismatch, json_positions, text_printer"),
    Word("look_ups?", "lookup"),
    Word("(?-i:Filed)", "Placement"),
    Word(
        "boxes|blur|vague|twins?|crossings?|covering",
        "constraints, too complex",
        "layers/shared/autobook/rule_analysis/",
    ),
    Word("_remembering|(?-i:SILENCE)", "_memoized, NO_MATCH"),
    Word("tether|standing(?! for)", "supervisor, running"),
    Word("simulators/|(?<![._])local/(cli|stack|demo)", "autobook_sim, autobook_cli, autobook_local"),
    # Sentences.
    Word("webhook (has )?told|told (of|about|as|by)|is told the", "whose webhook never arrived; is called with"),
    Word("held against", "compared with, skipped"),
    Word("(come|comes|came) to (its|their|an) end", "incomplete run; completes"),
    Word("everything is everywhere", "Kanbert, provenance and archive agree"),
    Word("or not as one", "or several"),
    Word("notes are full|no room for that", "would exceed Kanbert's 10,000 characters"),
    Word("needs a look", "must be resolved first"),
    Word("an answer that is no", "unexpected response"),
    Word("cut off", "interrupted"),
    Word("starts of which", "pairs of prefixes"),
    Word("only in when", "only in timestamps"),
    Word("(one|two|every|any|no) signs?|signs like|sign of the text|signs themselves", "character"),
    Word("mend(s|ed|ing)?", "fix"),
    Word("worked off", "drained"),
    Word("rings", "fires"),
    Word("(lines?|bookings?) at hand", "current line"),
    Word("that which", "a noun"),
)

BARE_NAMES = {"said", "told", "shown", "telling", "gone", "noted", "having"}
"""Names that are neither a noun for a value nor a verb for an action, with an underscore in front or without."""


def texts() -> list[Path]:
    """Every text of ours."""
    return [*files(*SUFFIXES), ROOT / "Makefile"]


def split(text: str) -> str:
    """A text in which capitals separate words as underscores do."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text)


@cache
def text_of(path: Path) -> str:
    """What is read of a file: its words, without what is excepted there."""
    name = path.relative_to(ROOT).as_posix()
    text = path.read_text("utf-8")
    for prefix, exceptions in KEPT.items():
        for each in exceptions if name.startswith(prefix) else ():
            text = text.replace(each, "")
    return f"{text}\n{split(text)}"


def violations(word: Word) -> Iterator[str]:
    """Where the word stands, in paths as well as in texts."""
    for path in texts():
        name = path.relative_to(ROOT)
        if name == SELF or not name.as_posix().startswith(word.within):
            continue
        if word.regex.search(name.as_posix()):
            yield f"{name}: its name"
        if not word.regex.search(text_of(path)):
            continue
        lines = text_of(path).splitlines()
        half = len(lines) // 2
        for number, (line, words) in enumerate(zip(lines[:half], lines[-half:], strict=True), 1):
            if word.regex.search(line) or word.regex.search(words):
                yield f"{name}:{number}: {line.strip()[:100]}"


@pytest.mark.parametrize("word", WORDS, ids=lambda word: word.pattern)
def test_word(word: Word) -> None:
    """The word is gone from code, comments, messages and documentation."""
    found = list(violations(word))
    assert not found, f"say {word.instead}:\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the ledger says", True),
        ("class LedgerEntry", True),
        ("SnsOutbox(client)", True),
        ("_CHAIN_TRIES = 8", True),
        ("dredger, pledgers", False),
        ("the alarm rings", True),
        ("strings, brings", False),
        ("in the first try", True),
        ("first try: a", False),
        ("autobook rules try", False),
    ],
)
def test_what_a_word_is(text: str, found: bool) -> None:
    """Underscores and capitals separate words; a part of a word is none."""
    assert any(word.regex.search(split(text)) for word in WORDS) is found


def names(path: Path) -> Iterator[tuple[int, str]]:
    """Every name in a Python file."""
    for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline):
        if token.type == tokenize.NAME:
            yield token.start[0], token.string


def test_names_are_nouns_or_verbs() -> None:
    """A private helper has a real name: no `_said`, `_told`, `_shown`."""
    found = [
        f"{path.relative_to(ROOT)}:{number}: {name}"
        for path in files(".py")
        for number, name in names(path)
        if name.lstrip("_") in BARE_NAMES
    ]
    assert not found, "\n".join(found)


def test_docstrings_say_what_it_is() -> None:
    """A docstring is more than whose it is: "Settings of the `receive` function", not "Of `receive`."."""
    found = []
    for path in files(".py"):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if re.match(r'\s*"""Of [^"]{,50}"""', line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert not found, "\n".join(found)


def definitions(path: Path) -> Iterator[str]:
    """The public classes and types of a module."""
    for node in ast.parse(path.read_text("utf-8")).body:
        match node:
            case ast.ClassDef(name=name) | ast.TypeAlias(name=ast.Name(id=name)):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Subscript(value=ast.Name(id="Annotated"))):
                yield name


def test_one_meaning_for_each_type() -> None:
    """No two modules of the package define a type of the same name."""
    where = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        for name in definitions(path):
            if not name.startswith("_"):
                where[name].append(path.relative_to(PACKAGE).as_posix())
    assert not {name: paths for name, paths in where.items() if len(paths) > 1}
