"""Random stories of people, rules, runs and crashes: what must hold in every one of them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from autobook.domain.event_fields import facts as without_names
from autobook.domain.event_values import plain_value
from autobook.domain.kanbert import Booking
from tests.fake_kanbert import FakeKanbert, booking, incoming
from tests.fakes import Crash, FakeRuleRepository, Fuse, System, message

FIELDS = {"account": "chart_of_account_id", "project": "project_id", "booking_title": "title"}
LINES = ["b1", "b2"]


class Watched(FakeKanbert):
    """Kanbert, knowing who set what, and failing when a person is overruled."""

    def __init__(self) -> None:
        super().__init__()
        self.persons: dict[tuple[str, str], str | None] = {}
        """What a person decided: the value, or None where they cleared ours."""
        self.ours: set[tuple[str, str]] = set()

    def decide(self, line: str, field: str, value: str | None) -> None:
        """A person sets or clears a value."""
        place = (line, field)
        if value is None and place not in self.ours:
            self.persons.pop(place, None)  # cleared what was theirs, or what was empty: nobody's again
        else:
            self.persons[place] = value
        self.ours.discard(place)
        self.edit("inv1", line, **{field: value})

    def patch_booking(self, invoice_id: str, booking_id: str, fields: Mapping[str, object]) -> Booking | None:
        """Change a line."""
        for name in fields:
            assert (booking_id, name) not in self.persons, f"a person decided on {name}"
            self.ours.add((booking_id, name))
        return super().patch_booking(invoice_id, booking_id, fields)


def rules(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Up to three rules, about any line or one of them, that may overwrite, suggest, and disagree."""
    return [
        {
            "rule_id": f"r{number}",
            "when": draw(st.sampled_from(["sum_gross > 0", "booking.value < 50", "booking.project_id is null"])),
            "priority": draw(st.sampled_from([10, 10, 20])),
            "mode": draw(st.sampled_from(["apply", "apply", "suggest"])),
            "overwrite": draw(st.booleans()),
            **{
                field: f"id:{draw(st.sampled_from(['ours1', 'ours2']))}"
                for field in draw(st.sets(st.sampled_from(list(FIELDS)), min_size=1))
            },
        }
        for number in range(draw(st.integers(0, 3)))
    ]


@st.composite
def stories(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    """Steps: a person's edit, new rules, a run, a run that ends at some call and is delivered again."""
    steps: list[tuple[Any, ...]] = [("rules", rules(draw)), ("run",)]
    for _ in range(draw(st.integers(1, 8))):
        match draw(st.sampled_from(["edit", "edit", "rules", "run", "crash", "touch"])):
            case "edit":
                value = draw(st.sampled_from([None, "theirs1", "theirs2"]))
                steps += [("edit", draw(st.sampled_from(LINES)), draw(st.sampled_from(list(FIELDS.values()))), value)]
                steps += [("run",)] if draw(st.booleans()) else []
            case "rules":
                steps += [("rules", rules(draw)), ("touch",), ("run",)]
            case "crash":
                steps += [("touch",), ("crash", draw(st.integers(1, 12)), draw(st.booleans())), ("run",)]
            case other:
                steps += [(other,)]
    return steps


def tell(story: list[tuple[Any, ...]]) -> tuple[System, Watched]:
    """Let it happen. Fails where a person is overruled."""
    watched = Watched()
    system = System(kanbert=watched, rule_repository=FakeRuleRepository())
    watched.add(incoming(bookings=[booking("b1", value=Decimal("20.00")), booking("b2", value=Decimal("80.00"))]))
    touched = 0
    for step in story:
        system.clock.advance(minutes=11)  # a document that changes more often than six times an hour has to wait
        match step:
            case ("rules", items):
                system.rule_repository.items = items
            case ("edit", line, field, value):
                watched.decide(line, field, value)
            case ("touch",):
                touched += 1
                watched.edit("inv1", notes=f"touched {touched}")
            case ("run",):
                system.processor()(message())
            case ("crash", at, after):
                try:
                    system.processor(Fuse(at=at, after=after))(message())
                except Crash:
                    system.processor()(message())
    return system, watched


@settings(max_examples=400)
@given(stories())
def test_nobody_is_overruled(story: list[tuple[Any, ...]]) -> None:
    """What a person set stands as they left it, and what they cleared of ours stays clear."""
    _, watched = tell(story)
    for (line, field), value in watched.persons.items():
        assert watched.line("inv1", line)[field] == value


@settings(max_examples=200)
@given(stories())
def test_events_tell_the_whole_story(story: list[tuple[Any, ...]]) -> None:
    """No id stands for two facts, every value of ours was announced, and no correction is announced twice."""
    system, watched = tell([*story, ("touch",), ("run",)])
    facts: dict[str, Any] = {}
    for event in system.publisher.published:
        fact = (
            event.type,
            {key: sorted(map(repr, without_names(v))) for key, v in event.data.items() if isinstance(v, list)},
        )
        assert facts.setdefault(event.id, fact) == fact
    distinct = {e.id: e for e in system.publisher.published}.values()
    booked = {
        (v["booking_id"], v["field"], plain_value(v["value"])) for e in distinct for v in e.data.get("values", [])
    }
    names = {api: field for field, api in FIELDS.items()}
    for line, field in watched.ours:
        assert (line, names[field], watched.line("inv1", line)[field]) in booked
    corrected = [(c["booking_id"], c["field"]) for e in distinct for c in e.data.get("corrections", [])]
    assert len(corrected) == len(set(corrected))


@settings(max_examples=100)
@given(stories())
def test_comes_to_rest(story: list[tuple[Any, ...]]) -> None:
    """After any story one more message changes nothing and says nothing."""
    system, watched = tell([*story, ("run",)])
    patches, events = len(watched.patches), len(system.publisher.published)
    system.processor()(message())
    assert (len(watched.patches), len(system.publisher.published)) == (patches, events)
