"""Tables of texts find what trying every text finds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autobook.domain.rules.engine.lookups import by_ends, by_grams, contained, ended, started
from tests.autobook.domain.rules.invoices import NOW

SOME_TEXTS = st.lists(st.text("ab", min_size=3, max_size=9), max_size=8, unique=True)


@dataclass
class Named:
    """A place that says its name."""

    name: str

    def collect(self, _subject: Any, _booking: Any, _now: datetime, hits: list[str]) -> None:
        """It is met."""
        hits.append(self.name)


def places(names: list[str]) -> dict[str, Named]:
    """One place for each text."""
    return {name: Named(name) for name in names}


@given(SOME_TEXTS, st.text("ab", max_size=14))
@example(["abc", "abcd"], "abc")
@example(["abcabcabc"], "abcabcab")
@example(["abcabc"], "xxabcabc")
def test_contained(needles: list[str], text: str) -> None:
    """Every needle that the text contains is found, wherever it stands, and no other."""
    hits: list[str] = []
    contained(text, by_grams(places(needles)), None, None, NOW, hits)
    assert set(hits) == {needle for needle in needles if needle in text}


@given(SOME_TEXTS, st.text("ab", max_size=14))
def test_ends(ends: list[str], text: str) -> None:
    """Every prefix and suffix of the text is found, and no other."""
    prefixes: list[str] = []
    suffixes: list[str] = []
    started(text, by_ends(places(ends)), None, None, NOW, prefixes)
    ended(text, by_ends(places(ends)), None, None, NOW, suffixes)
    assert set(prefixes) == {each for each in ends if text.startswith(each)}
    assert set(suffixes) == {each for each in ends if text.endswith(each)}


@pytest.mark.parametrize("lookup", [started, ended, contained])
def test_nothing_is_in_no_text(lookup: Any) -> None:
    """Null leads nowhere."""
    hits: list[str] = []
    lookup(None, ((3,), places(["abc"])), None, None, NOW, hits)
    assert hits == []
