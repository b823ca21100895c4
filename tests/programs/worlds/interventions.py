"""What can happen at a call: faults of the way to the outside, and what people and admins do meanwhile."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ReadTimeoutError

from autobook.domain.errors import NotFound, Refused, RetryLater, Unanswered
from autobook.domain.provenance import FieldPlace
from tests.fakes import Crash, FakeRuleRepository
from tests.programs.worlds.places import LINES, PLACES, STATUS, Rule, asked

if TYPE_CHECKING:
    from tests.programs.worlds.world import World

type Act = Callable[["World", FakeRuleRepository], bool]
"""Changes the world; False where it changed nothing."""
type Fault = Callable[[Callable[[], Any], tuple[Any, ...]], Any]
"""Called instead of the call, with the call and its arguments."""


@dataclass(frozen=True)
class Intervention:
    """`fits` says before which calls it can come, and for an act, before which calls alone it makes a difference."""

    name: str
    fits: Callable[[str], bool]
    fault: Fault | None = None
    act: Act | None = None


# --- faults


def _crash(_call: Callable[[], Any], _args: tuple[Any, ...]) -> Any:
    raise Crash


def _busy(_call: Callable[[], Any], _args: tuple[Any, ...]) -> Any:
    raise RetryLater("Kanbert answered 429", after=8)


def _unanswered(call: Callable[[], Any], _args: tuple[Any, ...]) -> Any:
    call()
    raise Unanswered("Kanbert: incomplete answer")


def _refused(_call: Callable[[], Any], _args: tuple[Any, ...]) -> Any:
    raise Refused("422: not now")


def _field_refused(_call: Callable[[], Any], args: tuple[Any, ...]) -> Any:
    name = next(iter(args[-1]))
    raise Refused(f"422: {name} is closed", {name: "is closed"})


def _missing(_call: Callable[[], Any], _args: tuple[Any, ...]) -> Any:
    raise NotFound("404: for a moment")


def _throttled(_call: Callable[[], Any], _args: tuple[Any, ...]) -> Any:
    raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "Call")


def _timed_out(call: Callable[[], Any], _args: tuple[Any, ...]) -> Any:
    call()
    raise ReadTimeoutError(endpoint_url="https://aws")


def _any(_: str) -> bool:
    return True


def _kanbert(call: str) -> bool:
    return call.startswith("kanbert.")


def _patch(call: str) -> bool:
    return call.startswith("kanbert.patch")


def _document(call: str) -> bool:
    return call.startswith("kanbert.") and not call.startswith(("kanbert.list", "kanbert.page"))


def _aws(call: str) -> bool:
    return not call.startswith(("kanbert.", "code_resolver.", "end"))


FAULTS = (
    Intervention("crash", _any, _crash),
    Intervention("429", _kanbert, _busy),
    Intervention("answer lost", _patch, _unanswered),
    Intervention("422", _patch, _refused),
    Intervention("422 of a field", _patch, _field_refused),
    Intervention("404", _document, _missing),
    Intervention("throttled", _aws, _throttled),
    Intervention("AWS answer lost", _aws, _timed_out),
)


# --- people


def _touches_kanbert(call: str) -> bool:
    """What happens in Kanbert is the same before and after a call to anything else."""
    return call.startswith("kanbert.") or call == "end"


def _sets(place: FieldPlace, value: str | None, world: "World", _: FakeRuleRepository) -> bool:
    return world.kanbert.person_sets(place, value)


def _sets_ours(place: FieldPlace, world: "World", repository: FakeRuleRepository) -> bool:
    ask = asked(repository.items, place)
    return ask is not None and world.kanbert.person_sets(place, ask.value)


def _deletes(line: str, world: "World", _: FakeRuleRepository) -> bool:
    return world.kanbert.person_deletes(line)


def _retitles(world: "World", _: FakeRuleRepository) -> bool:
    world.kanbert.edit("inv1", title="theirs")
    return True


def _again(world: "World", _: FakeRuleRepository) -> bool:
    if len(world.documents) > 1:
        return False
    world.documents.append(world.message())
    return True


def _people() -> Iterator[Intervention]:
    for place in PLACES:
        name = f"{place[0] or 'invoice'}.{place[1]}"
        yield Intervention(f"{name} = other", _touches_kanbert, act=partial(_sets, place, f"their {place[1]}"))
        yield Intervention(f"{name} emptied", _touches_kanbert, act=partial(_sets, place, None))
        yield Intervention(f"{name} = ours", _touches_kanbert, act=partial(_sets_ours, place))
    for line in LINES:
        yield Intervention(f"{line} deleted", _touches_kanbert, act=partial(_deletes, line))
    for status in ("ready_for_accounting", "booked", "open"):
        yield Intervention(f"status = {status}", _touches_kanbert, act=partial(_sets, STATUS, status))
    yield Intervention("retitled", _touches_kanbert, act=_retitles)
    yield Intervention("delivered twice", lambda call: call == "end", act=_again)


PEOPLE = tuple(_people())


# --- admins


def _touches_rules(call: str) -> bool:
    return call.startswith("rule_repository.") or call == "end"


def _edits(change: Callable[[Rule], Rule | None], world: "World", repository: FakeRuleRepository) -> bool:
    edited = [change(rule) if rule["rule_id"] == "book" else rule for rule in repository.items]
    return _saved([rule for rule in edited if rule is not None], world, repository)


def _adds(rule: Rule, world: "World", repository: FakeRuleRepository) -> bool:
    return _saved([each for each in repository.items if each["rule_id"] != rule["rule_id"]] + [rule], world, repository)


def _saved(items: list[Rule], world: "World", repository: FakeRuleRepository) -> bool:
    if items == repository.items:
        return False
    repository.items = items
    world.truth.versions += (tuple(items),)
    return True


ADMINS = (
    Intervention("rule: other account", _touches_rules, act=partial(_edits, lambda r: r | {"account": "7390"})),
    Intervention("rule off", _touches_rules, act=partial(_edits, lambda r: r | {"mode": "off"})),
    Intervention("rule suggests", _touches_rules, act=partial(_edits, lambda r: r | {"mode": "suggest"})),
    Intervention("rule applies", _touches_rules, act=partial(_edits, lambda r: r | {"mode": "apply"})),
    Intervention("rule deleted", _touches_rules, act=partial(_edits, lambda _: None)),
    Intervention(
        "rule overwrites", _touches_rules, act=partial(_edits, lambda r: r | {"account": "7390", "overwrite": True})
    ),
    Intervention(
        "rule added",
        _touches_rules,
        act=partial(_adds, {"rule_id": "new", "when": "sum_gross > 1", "priority": 10, "account": "5800"}),
    ),
    Intervention(
        "rule that disagrees",
        _touches_rules,
        act=partial(_adds, {"rule_id": "other", "when": "sum_gross > 1", "account": "5800"}),
    ),
)
ACTS = PEOPLE + ADMINS
BY_NAME = {each.name: each for each in FAULTS + ACTS}
