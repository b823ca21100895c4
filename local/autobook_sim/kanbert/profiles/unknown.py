"""What nobody expects: fields that are not documented, other types than documented, related objects that change."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from autobook_sim.kanbert.answers import Answer, Call, raw_number
from autobook_sim.kanbert.profiles.profile import Profile
from autobook_sim.kanbert.profiles.stage import Stage
from autobook_sim.kanbert.profiles.values import Shown
from autobook_sim.kanbert.wire import Record

_ODD: Final[tuple[Any, ...]] = ({"value": 1}, [1, 2], True, "twelve", [[]])
_UNNEEDED: Final = (
    *("external_id", "external_origin", "payment_status", "payment_account", "editor", "due_date", "date_of_start"),
    *("date_of_end", "payments", "created_at", "updated_at", "chart_of_account", "outgoing_invoice"),
    *("company", "project", "client", "locale", "po_number", "payment_discount", "partial_factor", "computed_fields"),
)
"""Fields without which a document can be read: no rule needs them."""
_NEEDED: Final = ("sum_net", "sum_gross", "date_of_invoice", "supplier", "bookings", "title", "status", "vats")


def _changing(stage: Stage, record: Record) -> None:
    stage.counts[("looks",)] += 1
    record |= {
        "views": stage.counts[("looks",)],
        "viewed_at": stage.now.isoformat(),
        "etag": [stage.counts[("looks",)]],
    }


def _related(stage: Stage, record: Record) -> None:
    stage.counts[("names",)] += 1
    name = f"Name {stage.counts[('names',)]}"
    person = {
        "id": "u1",
        "first_name": "Ada",
        "last_name": name,
        "email": f"{name}@x.at",
        "type": "user",
        "space": None,
    }
    for field, value in {"editor": person, "payment_account": {"id": "pa1", "title": name}}.items():
        if field in record:
            record[field] = value
    if isinstance(record.get("chart_of_account"), dict):
        record["chart_of_account"] |= {"title": name, "updated_at": stage.now.isoformat()}


def _odd_unneeded(stage: Stage, record: Record) -> None:
    for name in _UNNEEDED:
        if name in record and stage.share(2, "unneeded", record.get("id"), name) == 0:
            record[name] = _ODD[stage.share(len(_ODD), "which", record.get("id"), name)]


def _odd_needed(stage: Stage, record: Record) -> None:
    name = _NEEDED[stage.share(len(_NEEDED), "needed", record.get("id"))]
    record[name] = {"value": {"amount": 1}}


def _ids_as_objects(_stage: Stage, record: Record) -> None:
    for name in ("project_id", "position_id", "client_id"):
        if record.get(name) is not None:
            record[name] = {"id": record[name]}


def _without(name: str) -> Callable[[Stage, Record], None]:
    return lambda _stage, record: record.pop(name, None)


def _account_without_id(_stage: Stage, record: Record) -> None:
    if isinstance(record.get("chart_of_account"), dict):
        record["chart_of_account"].pop("id", None)


def _added(**fields: Any) -> Callable[[Stage, Record], None]:
    return lambda _stage, record: record.update(fields)


@dataclass(frozen=True)
class Wrapped(Profile):
    """A single record comes inside `data`."""

    def after(self, stage: Stage, call: Call, answer: Answer) -> Answer:  # noqa: ARG002
        """Wrapped."""
        if call.operation in ("incoming.show", "outgoing.show") and answer.status == 200 and answer.content is None:
            return Answer(200, {"data": answer.value})
        return answer


@dataclass(frozen=True)
class MasterData(Profile):
    """Lists of accounts, projects and clients, changed by `change`."""

    change: Callable[[dict[str, Any]], None] = lambda _page: None

    def after(self, stage: Stage, call: Call, answer: Answer) -> Answer:  # noqa: ARG002
        """The page."""
        if call.operation in ("accounts.index", "projects.index", "clients.index") and answer.status == 200:
            self.change(answer.value)
        return answer


def _odd_entries(page: dict[str, Any]) -> None:
    page["data"][0:0] = [
        None, "account", {}, {"id": "odd1"}, {"id": ["odd2"], "code": "7380"}, {"id": "odd3", "code": {"a": 1}},
        {"id": "odd4", "code": None, "priority": 3, "budgets": [1000, 2000], "positions": {"4": {"id": 4}}},
        {"id": "odd5", "code": "\ud83d", "title": None, "start_date": "0000-00-00", "positions": "none"},
    ]  # fmt: skip
    for each in page["data"]:
        if isinstance(each, dict) and "budgets" in each:
            each |= {"priority": 7, "budgets": [1000, 2000], "start_date": "0000-00-00", "description": {"de": "x"}}


def _other_positions(page: dict[str, Any]) -> None:
    for each in page["data"]:
        positions = each.get("positions") if isinstance(each, dict) else None
        for one in positions.values() if isinstance(positions, dict) else positions or ():
            if isinstance(one, dict):
                one |= {"key": one.pop("id", None), "label": one.pop("title", None)}


def _codes_twice(page: dict[str, Any]) -> None:
    whole = [each for each in page["data"] if isinstance(each, dict) and isinstance(each.get("id"), str)]
    page["data"] += [{**each, "id": f"{each['id'][:40]}2"} for each in whole]


_FIELDS = "fields that change by themselves"
_TYPES = "types of values"
_MASTER = "whether codes are unique"
_RELATED = "how a related object is shown"
_EVERYWHERE = ("incoming", "outgoing", "booking", "account", "project")
UNKNOWN = (
    Shown("unknown-fields-change", _FIELDS, "fields that nobody knows change at every look", kinds=_EVERYWHERE,
          change=_changing),
    Shown("related-objects-change", _FIELDS, "an editor, an account, a payment account is renamed at every look",
          kinds=("incoming", "booking"), change=_related),
    Shown("unknown-texts", _FIELDS, "unknown fields have half a surrogate pair, and a megabyte is not far",
          kinds=_EVERYWHERE, change=_added(emoji="\ud83d", zero="a\0b", raw="x" * 2000)),
    Shown("unknown-numbers", _FIELDS, "unknown fields have numbers of 31 digits and 1e300000000", kinds=_EVERYWHERE,
          change=_added(digits=raw_number("9" * 31), power=raw_number("1e300000000"), nan=raw_number("NaN"))),
    Shown("unknown-depth", _FIELDS, "an unknown field is nested 200 levels deep", kinds=("incoming", "outgoing"),
          change=_added(tree=raw_number("[" * 200 + "]" * 200))),
    Shown("odd-unneeded", _TYPES, "fields that no rule needs are of any type",
          kinds=("incoming", "outgoing", "booking"), change=_odd_unneeded),
    Shown("odd-needed", _TYPES, "one document in five has a field of a type that cannot be read", kinds=("incoming",),
          share=5, change=_odd_needed),
    Shown("ids-as-objects", _TYPES, "the ids of a line's project, position and client are objects", kinds=("booking",),
          change=_ids_as_objects),
    Shown("accounts-as-ids", _RELATED, "a line has the id of its account, and not the account", kinds=("booking",),
          group="accounts", change=_without("chart_of_account")),
    Shown("accounts-as-objects", _RELATED, "a line has its account, and not the account's id", kinds=("booking",),
          group="accounts", change=_without("chart_of_account_id")),
    Shown("accounts-without-ids", _RELATED, "the account of a line is shown without its id", kinds=("booking",),
          change=_account_without_id),
    Wrapped("wrapped", "a single record", "a single record comes inside data"),
    MasterData("accounts-odd", _MASTER, "lists of accounts and projects have odd entries", change=_odd_entries),
    MasterData("codes-twice", _MASTER, "every account and project is there twice", change=_codes_twice),
    MasterData("positions-other", "fields of PositionData", "positions have key and label in place of id and title",
               change=_other_positions),
)  # fmt: skip
