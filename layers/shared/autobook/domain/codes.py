"""Codes that people know, and what of Kanbert's has one.

Codes are compared without regard to case, blanks around them and invisible characters; whether they are unique is not
documented (docs/kanbert-api.md, Master data).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from unicodedata import category, normalize

from autobook.domain.canonical import canonical_json, sha256

LONGEST_NAME: Final = 200
"""Characters of a code or title in a message."""

type Code = tuple[str, str]
"""(field, code) as a rule gives it: `("account", "7380")`."""


@dataclass(frozen=True, slots=True)
class ObjectName:
    """What people know an object by; each None where it is not known."""

    code: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An object of Kanbert's that has a code.

    `start` and `end`, both inclusive, as Kanbert shows them: a date, or a moment. `account_id` and `account_code` are
    those of the account that a position belongs to.
    `status` is a project's, in Kanbert's own word.
    """

    id: str
    code: str = ""
    title: str = ""
    start: date | datetime | None = None
    end: date | datetime | None = None
    account_id: str = ""
    account_code: str = ""
    status: str = ""

    @property
    def name(self) -> ObjectName:
        """What people know it by. A position that was found by its title has no code here."""
        is_title = bool(self.account_id) and self.code == self.title
        return ObjectName((not is_title and self.code[:LONGEST_NAME]) or None, self.title[:LONGEST_NAME] or None)

    def __str__(self) -> str:
        where = f" of account {self.account_code or self.account_id}" if self.account_id else ""
        title = self.title if self.title != self.code else ""
        return f'{self.id} ("{title:.{LONGEST_NAME}}"){where}' if title else f"{self.id}{where}"


def digest_of(candidates: Iterable[Candidate]) -> str:
    """What a code may stand for, as a digest: another id, or other days, and it stands for something else."""
    facts = [[each.id, each.code, str(each.start), str(each.end), each.account_id] for each in candidates]
    return sha256(canonical_json(sorted(facts)))[:16]


def normal_code(code: str) -> str:
    """How a code is compared: `p-42` is `P-42`, whichever hyphen it has."""
    composed = normalize("NFKC", code).replace("\u2010", "-")  # to which U+2011 is composed
    return " ".join("".join(c for c in composed if category(c) != "Cf").casefold().split())


def quoted(text: str) -> str:
    """A name as a message quotes it."""
    return text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}…"
