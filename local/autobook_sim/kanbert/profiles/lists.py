"""How lists are paged, and what they show."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from autobook_sim.kanbert.answers import Answer, Call
from autobook_sim.kanbert.profiles.profile import Profile
from autobook_sim.kanbert.profiles.stage import Stage

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_NAMES = re.compile(r"[a-z_]+", re.IGNORECASE)
_INVOICES = ("incoming.index", "outgoing.index")
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class PageChanged(Profile):
    """A page of invoices, changed by `change` (stage, page, call) in one of `share` pages."""

    change: Callable[[Stage, dict[str, Any], Call], None] = lambda _stage, _page, _call: None
    share: int = 1

    def after(self, stage: Stage, call: Call, answer: Answer) -> Answer:
        """The page."""
        pages = call.operation in _INVOICES and answer.status == 200 and answer.content is None
        if pages and (self.share == 1 or stage.turn(self.share, self.id) == 0):
            self.change(stage, answer.value, call)
        return answer


@dataclass(frozen=True)
class CursorsForgotten(Profile):
    """A cursor is refused now and then."""

    def interrupt(self, stage: Stage, call: Call) -> Answer | None:
        """400 in one of nine."""
        asks = call.operation in _INVOICES and "page[cursor]" in call.query
        return Answer(400, {"message": "The cursor is invalid."}) if asks and stage.turn(9, self.id) == 0 else None


@dataclass(frozen=True)
class FiltersRefused(Profile):
    """A filter by anything but status and day of creation is refused."""

    def instead(self, stage: Stage, call: Call) -> Answer | None:  # noqa: ARG002
        """400 for these."""
        names = set(_NAMES.findall(_QUOTED.sub("", call.query.get("filter", ""))))
        if call.operation != "incoming.index" or names <= {"status", "created_at", "or", "and"}:
            return None
        return Answer(400, {"message": "Requested filter(s) are not allowed."})


@dataclass(frozen=True)
class PageFails(Profile):
    """Kanbert cannot write out some documents in a list for an hour after they came: no page that has one comes."""

    def after(self, stage: Stage, call: Call, answer: Answer) -> Answer:
        """500 for these pages."""
        if call.operation not in _INVOICES or answer.status != 200 or answer.content is not None or stage.calm:
            return answer
        fails = any(self._strikes(stage, each) for each in answer.value["data"])
        return Answer(500, {"message": "Server Error"}) if fails else answer

    def _strikes(self, stage: Stage, record: Any) -> bool:
        id_ = str(record.get("id")) if isinstance(record, dict) else ""
        came = stage.created_at.get(id_)
        return came is not None and stage.now - came < _HOUR and stage.share(3, self.id, id_) == 0


def _without_parts(_stage: Stage, page: dict[str, Any], _call: Call) -> None:
    for each in page["data"]:
        for name in ("bookings", "payments", "vats", "line_items", "discounts", "external_costs"):
            each.pop(name, None)


def _ends(_stage: Stage, page: dict[str, Any], _call: Call) -> None:
    page["meta"]["next_cursor"] = page["meta"]["next_cursor_url"] = None


def _repeats(_stage: Stage, page: dict[str, Any], call: Call) -> None:
    if page["meta"]["next_cursor"] is not None and "page[cursor]" in call.query:
        page["meta"]["next_cursor"] = call.query["page[cursor]"]


def _odd_elements(_stage: Stage, page: dict[str, Any], _call: Call) -> None:
    page["data"][1:1] = [None, "invoice", 7, [], {}]


def _twice(_stage: Stage, page: dict[str, Any], _call: Call) -> None:
    page["data"] += page["data"][:1]


def _few_words(_stage: Stage, page: dict[str, Any], _call: Call) -> None:
    page["meta"] = {"next_cursor": page["meta"]["next_cursor"]}
    del page["links"]


_ORDER = "the order of a list"
_CURSORS = "cursors"
_SIZE = "pages of 100 documents"
LISTS = (
    PageChanged("lists-without-parts", _ORDER, "lists leave bookings, payments, vats and the parts of outgoing "
                "invoices out", change=_without_parts),
    Profile("ties-lost", _ORDER, "documents with equal sort keys, or none, are lost at a page's border",
            group="paging", paging={"ties_lost": True}),
    Profile("order-ignored", _ORDER, "lists come in the order of creation, whatever is asked for",
            paging={"order_ignored": True}),
    PageChanged("listed-twice", _ORDER, "a page has its first document twice", change=_twice),
    PageChanged("odd-elements", "fields that change by themselves", "a page has elements that are no documents",
                change=_odd_elements, share=3),
    Profile("cursors-numeric", _CURSORS, "cursors are numbers: what comes or goes in between moves the others",
            group="paging", paging={"offsets": True}),
    PageChanged("cursors-repeat", _CURSORS, "one cursor in four leads to its own page", change=_repeats, share=4),
    PageChanged("cursors-end", _CURSORS, "one page in five says that it is the last", change=_ends, share=5),
    CursorsForgotten("cursors-forgotten", _CURSORS, "one cursor in nine is refused with 400"),
    PageChanged("meta-bare", _CURSORS, "a page has nothing but data and the cursor", change=_few_words),
    PageFails("pages-fail", "a page of a list that does not come", "for an hour after it came no list shows one "
              "document in three: every page that has it is answered 500"),
    FiltersRefused("filters-refused", "filters by number, supplier", "a filter by anything but status and day is "
                   "refused"),
    Profile("pages-of-three", _SIZE, "a page has three documents, whatever is asked for", paging={"largest": 3}),
)  # fmt: skip
