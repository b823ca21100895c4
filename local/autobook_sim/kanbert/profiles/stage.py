"""Plays profiles: each hook of Kanbert goes through every profile that is on, in the order of the list."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from autobook_sim.kanbert.answers import Answer, Call
from autobook_sim.kanbert.profiles.profile import Paging, Profile
from autobook_sim.kanbert.store import Store
from autobook_sim.kanbert.wire import Record, as_answered

_KINDS = {
    "incoming.index": "incoming",
    "incoming.show": "incoming",
    "incoming.store": "incoming",
    "incoming.update": "incoming",
    "booking.update": "booking",
    "outgoing.index": "outgoing",
    "outgoing.show": "outgoing",
    "accounts.index": "account",
    "projects.index": "project",
    "clients.index": "client",
}


class Stage:
    """The profiles that are on, and what they remember. `calm`: nothing that passes by itself happens any more."""

    def __init__(self, store: Store, profiles: Iterable[Profile] = (), largest_page: int = 100) -> None:
        self.store = store
        self.calm = False
        self.counts = Counter[tuple[str, ...]]()
        self.created_at: dict[str, datetime] = {}
        self.kept: dict[tuple[str, str], Any] = {}
        """What a profile keeps, by its id and a name."""
        self._largest = largest_page
        self.on_change: Callable[[str, Record], None] = lambda _table, _record: None
        """Called where a document changed by itself."""
        self.play(profiles)

    def play(self, profiles: Iterable[Profile]) -> None:
        """From now on these, and no others. ValueError for two that exclude each other."""
        chosen = tuple(profiles)
        self.check(chosen)
        self.profiles = chosen
        self._showing = [each for each in chosen if each.changes_documents]
        paging: dict[str, Any] = {"largest": self._largest}
        for each in chosen:
            paging |= each.paging
        paging["largest"] = min(paging["largest"], self._largest)
        self.paging = Paging(**paging)

    @staticmethod
    def check(chosen: Iterable[Profile]) -> None:
        """ValueError for two that exclude each other."""
        by_group: dict[str, list[str]] = {}
        for each in chosen:
            by_group.setdefault(each.group or each.id, []).append(each.id)
        for names in by_group.values():
            if len(names) > 1:
                raise ValueError(f"these profiles exclude each other: {', '.join(names)}")

    @property
    def now(self) -> datetime:
        """Kanbert's time."""
        return self.store.clock()

    def share(self, parts: int, *names: object) -> int:
        """0 … parts - 1, always the same for the same names: who is struck."""
        text = f"{self.store.seed}/" + "/".join(map(str, names))
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest()) % parts

    def turn(self, parts: int, *names: object) -> int:
        """The same, another each time: when it strikes."""
        key = tuple(map(str, names))
        self.counts[key] += 1
        return self.share(parts, *key, self.counts[key])

    # --- hooks

    def before(self, call: Call) -> Answer | None:
        """An answer that a profile gives instead of Kanbert."""
        for each in self.profiles:
            each.elapsed(self)
        for each in self.profiles:
            if not self.calm and (answer := each.interrupt(self, call)):
                return answer
        return next((answer for each in self.profiles if (answer := each.instead(self, call))), None)

    def after(self, call: Call, answer: Answer) -> Answer:
        """The answer as it leaves."""
        if answer.content is None:
            answer = replace(answer, value=as_answered(answer.value))
            if self._showing and answer.status < 300 and call.operation in _KINDS:
                for record in _records(answer.value):
                    self.show(_KINDS[call.operation], record)
        for each in self.profiles:
            answer = each.after(self, call, answer)
        return answer

    def show(self, kind: str, record: Record) -> None:
        """A record as it is shown."""
        for each in self._showing:
            if kind == "incoming":
                for line in _list(record.get("bookings")):
                    each.present(self, "booking", line)
            each.present(self, kind, record)

    def create(self, table: str, record: Record) -> None:
        """A document came."""
        self.created_at[record["id"]] = self.now
        for each in self.profiles:
            each.created(self, table, record)

    def identifier(self, text: str) -> str:
        """The id of a document that comes."""
        for each in self.profiles:
            text = each.identifier(text)
        return text

    def written(self, kind: str, fields: dict[str, Any]) -> dict[str, Any]:
        """What Kanbert takes of the fields of a PATCH."""
        taken = dict(fields)
        for each in self.profiles:
            each.written(self, kind, taken)
        return taken

    def moves(self, kind: str) -> bool:
        """True if a change moves `updated_at`."""
        return all(each.moves(self, kind) for each in self.profiles)

    def webhook(self, event: str, body: bytes) -> tuple[str, bytes]:
        """Event and body of a webhook that is about to leave."""
        for each in self.profiles:
            event, body = each.webhook(self, event, body)
        return event, body

    def signature(self, digest: bytes) -> str:
        """As the header has it: the first profile that has it otherwise."""
        written = (each.signature(digest) for each in self.profiles)
        return next((text for text in written if text != digest.hex()), digest.hex())

    def copies(self, document: str) -> int:
        """How many times a webhook is sent."""
        numbers = [each.copies(self, document) for each in self.profiles]
        return 0 if 0 in numbers else max(numbers, default=1)

    def delay(self, document: str) -> float:
        """Seconds by which it is late."""
        return sum(each.delay(self, document) for each in self.profiles)


def _records(value: Any) -> Iterator[Record]:
    if isinstance(value, dict) and isinstance(value.get("data"), list) and "id" not in value:
        yield from value["data"]
    elif isinstance(value, dict):
        yield value


def _list(value: Any) -> list[Record]:
    found = list(value.values()) if isinstance(value, dict) else value or []
    return [each for each in found if isinstance(each, dict)]
