"""A list page that Kanbert fails at for ever, because of one document in it or because it is too long."""

import httpx
import pytest

from autobook.domain.errors import BrokenPaging, RetryLater
from tests.poisoned_lists import FAILURES, Poisoned


@pytest.mark.parametrize("failure", FAILURES)
def test_up_to_the_document(failure: str) -> None:
    """Asked for one by one, every document in front of it is read; then the walk begins anew, saying why."""
    kanbert = Poisoned(frozenset({"d17"}), failure=FAILURES[failure])
    ids, cursors = kanbert.walk()
    assert ids == [*(f"d{number:02}" for number in range(17)), None]
    assert "the walk begins anew, in another order" in str(cursors[-1])
    ids, _ = kanbert.walk("-title")
    assert ids == [*(f"d{number:02}" for number in range(29, 17, -1)), None]
    assert len(kanbert.asked) < 80


def test_passed_over_where_cursors_count() -> None:
    """Where cursors are seen to be numbers of documents, the walk goes on behind it, in pages that grow again."""
    kanbert = Poisoned(frozenset({"d03", "d17"}), offsets=True)
    ids, cursors = kanbert.walk()
    assert [each for each in ids if each] == [f"d{number:02}" for number in range(30) if number not in (3, 17)]
    assert ids.count(None) == 2
    assert cursors[-1] is None
    assert {size for size, _ in kanbert.asked} >= {1, 2, 4, 8, 10}


@pytest.mark.parametrize("number", [0, 29])
@pytest.mark.parametrize("sort", ["title", "-title"])
def test_at_either_end(number: int, sort: str) -> None:
    """The first and the last document of a list as any other."""
    ids, cursors = Poisoned(frozenset({f"d{number:02}"})).walk(sort)
    first = (number == 0) is (sort == "title")
    assert len(ids) == (1 if first else 30)
    assert ids[-1] is None
    assert "begins anew" in str(cursors[-1])


def test_pages_that_are_too_long() -> None:
    """Where no document is at fault, all are read, in pages as long as Kanbert can give."""
    ids, cursors = Poisoned(frozenset(), most_together=3, failure=FAILURES["too long"]).walk()
    assert (len(ids), cursors[-1]) == (30, None)


def test_nothing_comes() -> None:
    """Where neither end of the list comes, Kanbert is away: the walk waits at its cursor."""
    kanbert = Poisoned(frozenset(f"d{number:02}" for number in range(30)))
    with pytest.raises(RetryLater) as raised:
        kanbert.walk()
    assert not isinstance(raised.value, BrokenPaging)
    assert [size for size, _ in kanbert.asked] == [10, 10, *[1] * 6]


def test_the_first_failure_is_the_reason() -> None:
    """What is raised says what became of the page, and not of the attempts with smaller ones."""
    answers = iter([httpx.Response(500, json={"message": "the page"})] * 2)
    kanbert = Poisoned(frozenset(f"d{n:02}" for n in range(30)), failure=lambda: next(answers, httpx.Response(502)))
    with pytest.raises(RetryLater, match="the page"):
        kanbert.walk()


def test_away_for_a_while() -> None:
    """A server that says when it will be back is not asked in other ways."""
    away = httpx.Response(503, headers={"Retry-After": "120"})
    kanbert = Poisoned(frozenset({"d00"}), failure=lambda: away)
    with pytest.raises(RetryLater) as raised:
        kanbert.walk()
    assert (raised.value.after, kanbert.asked) == (120, [(10, None)])
