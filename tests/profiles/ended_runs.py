"""Archive, sweep and reconcile under a profile, ended before and after any call that they make, and run again."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from json import loads
from typing import Any

from autobook.domain.canonical import canonical_json, sha256
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.events import Event, EventContext, archive_request
from autobook.domain.retention import ManifestLine
from autobook_sim.kanbert.profiles import PROFILES
from tests.fake_kanbert import NOW
from tests.fakes import Crash
from tests.profiles.listing_system import RULE, CallPoints, ProfiledListing
from tests.settings import ENVIRONMENT

OF_THE_MOMENT = frozenset({"updated_at"})
"""Fields of a document that depend on when something was written."""
VARYING = frozenset({"unknown-fields-change", "related-objects-change"})
"""Profiles under which a document is another at every look, so that each look that is archived is an object."""


_SHOWN = 400
"""Characters of a value in a message."""


class Ending(StrEnum):
    """How a run is ended."""

    EXCEPTION = "exception"
    HARD_EXIT = "hard exit"
    """As by a process that is gone: no handler and no `finally` of the run has its turn."""


@dataclass(frozen=True)
class UseCase:
    """A system before the run, and the run, which goes on until it is complete; a fuse counts its calls."""

    name: str
    build: Callable[[tuple[str, ...]], ProfiledListing]
    act: Callable[[ProfiledListing, CallPoints], None]
    finish: Callable[[ProfiledListing], None]


class HardExit(CallPoints):
    """Stops the run at a call for ever: nothing of it happens any more, until `over` lets its thread go."""

    def __init__(self, at: int, *, after: bool) -> None:
        super().__init__(at=at, after=after)
        self._stopped, self._over = threading.Event(), threading.Event()

    def call(self, name: str, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """One call."""
        try:
            return super().call(name, method, *args, **kwargs)
        except Crash:
            self._stopped.set()
            self._over.wait()
            raise

    def run(self, act: Callable[[], None]) -> bool:
        """True once the run is stopped; False where it was complete before that."""
        reached = False

        def work() -> None:
            nonlocal reached
            try:
                act()
            except Crash:
                reached = True
            finally:
                self._stopped.set()

        self._thread = threading.Thread(target=work, daemon=True)
        self._thread.start()
        self._stopped.wait()
        return self._thread.is_alive() or reached

    def over(self) -> None:
        """What the run left behind was looked at."""
        self._over.set()
        self._thread.join()


@lru_cache(maxsize=2)
def _known(profiles: tuple[str, ...]) -> ProfiledListing:
    """Documents that were processed and archived; to be copied."""
    system = ProfiledListing(profiles=profiles)
    for name in ("doc1", "doc2", "out1"):
        system.add(name)
    system.sweep()
    system.work()
    system.clock.advance(hours=2)
    return system


def changed(profiles: tuple[str, ...]) -> ProfiledListing:
    """One document has changed since, one has come, and an administrator has edited the rule."""
    system = _known(profiles).copy()
    system.edit(next(each for each in _documents(system) if each.kind is DocumentKind.INCOMING_INVOICE), title="other")
    system.add("doc3")
    system.rule_repository.items = [RULE | {"booking_title": "hosting"}]
    return system


def different(profiles: tuple[str, ...]) -> ProfiledListing:
    """One has come, one is gone, one is no longer marked as archived; nobody has noticed for hours."""
    system = _known(profiles).copy()
    first, second, *_ = _documents(system)
    system.simulator.store.remove("incoming", first.id)
    system.manifest.states.pop(second, None)
    system.add("doc3")
    system.clock.advance(hours=5)
    return system


def to_be_archived(profiles: tuple[str, ...]) -> ProfiledListing:
    """Documents that the archive does not have."""
    system = ProfiledListing(profiles=profiles)
    for name in ("doc1", "out1"):
        system.add(name)
    return system


def sweep(system: ProfiledListing, points: CallPoints) -> None:
    """A pass through both lists."""
    system.sweep(points)


def reconcile(system: ProfiledListing, points: CallPoints) -> None:
    """A complete run."""
    system.reconcile(points)


def archive(system: ProfiledListing, points: CallPoints) -> None:
    """An event about each document."""
    for document in _documents(system):
        context = EventContext(document, "", NOW, "trace-1", ENVIRONMENT["EVENT_SOURCE"])
        system.archive(archive_request(context, "state"), points)


def rest(system: ProfiledListing) -> None:
    """The work is done, and whatever happens by itself has happened."""
    system.work()
    system.come_to_rest()


def next_night(system: ProfiledListing) -> None:
    """What was queued was processed, and reconcile has looked once more."""
    system.work()
    system.clock.advance(hours=10)
    system.simulator.stage.calm = True
    system.reconcile()
    system.come_to_rest()


USE_CASES = (
    UseCase("archive", to_be_archived, archive, rest),
    UseCase("sweep", changed, sweep, rest),
    UseCase("reconcile", different, reconcile, next_night),
)


def _documents(system: ProfiledListing) -> list[Document]:
    tables = system.simulator.store.tables
    return [Document(DocumentKind.INCOMING_INVOICE, each) for each in tables["incoming"]] + [
        Document(DocumentKind.OUTGOING_INVOICE, each) for each in tables["outgoing"]
    ]


def undisturbed(use_case: UseCase, *profiles: str) -> tuple[ProfiledListing, list[str]]:
    """The system at the end of a run that nothing ends, and the run's calls."""
    system, points = use_case.build(profiles), CallPoints()
    use_case.act(system, points)
    use_case.finish(system)
    return system, points.calls


def ended(use_case: UseCase, *profiles: str, at: int, after: bool, how: Ending) -> ProfiledListing:
    """The system at the end of a run that ended at this call, and of the one after it."""
    system = use_case.build(profiles)
    if how is Ending.EXCEPTION:
        try:
            use_case.act(system, CallPoints(at=at, after=after))
        except Crash:
            use_case.act(system, CallPoints())
            use_case.finish(system)
            return system
    else:
        points = HardExit(at, after=after)
        try:
            if points.run(lambda: use_case.act(system, points)):
                use_case.act(system, CallPoints())
                use_case.finish(system)
                return system
        finally:
            points.over()
    raise RuntimeError(f"{use_case.name} under {profiles}: the run did not come to call {at}")


def end(system: ProfiledListing) -> dict[str, Any]:
    """What somebody could see afterwards, but for when it happened."""
    found: dict[str, Any] = {}
    for document in _documents(system):
        table = "incoming" if document.kind is DocumentKind.INCOMING_INVOICE else "outgoing"
        record = system.simulator.store.get(table, document.id) or {}
        fields = {name: value for name, value in record.items() if name not in ("updated_at", "bookings")}
        found[f"{document.key} in Kanbert"] = (
            fields,
            [{**line, "updated_at": None} for line in record.get("bookings") or ()],
        )
    for document, known in system.provenance.records.items():
        written = {(write.place, str(write.value)) for write in known.written}
        found[f"{document.key} in provenance"] = (
            known.fingerprint, written, known.pending, known.human_owned, known.deleted, known.unpublished,
        )  # fmt: skip
    found["queued"] = len(system.queue.messages), len(system.archive_requests.events)
    found["dead letters"], found["waiting"] = set(system.dead), system.waiting
    announced = Counter((type_, subject) for type_, subject, _ in _facts(system.publisher.published))
    varies = VARYING.intersection(system.profiles)
    found["announced"] = set(announced) if varies else announced
    kept = Counter(_kept(system))
    found["files"] = {each: times for each, times in kept.items() if each[2] != "json"}
    found["documents archived"] = {each for each in kept if each[2] == "json"}
    found["marks"] = set(system.manifest.states.items())
    found["reconcile"] = {number: (each.found, each.uncured) for number, each in system.runs.items()}
    found["marked as reported, and not reported"] = max(0, len(system.sweep_state.reports) - len(system.reported))
    listed = {each.key for each in system.manifest.lines}
    unlisted = {key for key in system.objects.objects if not key.startswith("manifest/")} - listed
    if varies:  # what a run stored that ended before its line, and that is another now, stays so (docs/runbook.md)
        unlisted = {key for key in unlisted if not key.endswith(".json")}
    found["manifest"] = list(_broken(system.manifest.lines)), unlisted
    return found


def differences(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """What is otherwise at the end, in a line each."""
    return [
        f"{name}: {_cut(expected.get(name))} became {_cut(found.get(name))}"
        for name in {**expected, **found}
        if expected.get(name) != found.get(name)
    ]


def _cut(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def sample(use_case: UseCase, profile: str, calls: int) -> tuple[int, bool, Ending]:
    """One call of so many, whether the run ends after it, and how: another with each profile, the same every time."""
    number = list(PROFILES).index(profile)
    way = number // calls + number + USE_CASES.index(use_case)
    return 1 + number % calls, bool(way % 2), list(Ending)[way // 2 % 2]


def _facts(events: Iterable[Event]) -> set[tuple[str, str, str]]:
    """Each once, however often it was published."""
    return {(event.type, event.subject, event.id) for event in events}


def _kept(system: ProfiledListing) -> Iterator[tuple[str, ...]]:
    """Kind, id, suffix and hash of every object of a document; of JSON without what is another at every look."""
    varies = VARYING.intersection(system.profiles)
    for key, stored in system.objects.objects.items():
        kind, _, *rest = key.split("/")
        if kind == "manifest":
            continue
        id_, name = rest
        suffix = name.rsplit(".", 1)[1]
        content = stored.content
        if suffix == "json":
            content = b"" if varies else canonical_json(_timeless(loads(content)))
        yield kind, id_, suffix, sha256(content)


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _timeless(each) for name, each in value.items() if name not in OF_THE_MOMENT}
    return [_timeless(each) for each in value] if isinstance(value, list) else value


def _broken(lines: Iterable[ManifestLine]) -> Iterator[str]:
    """Where the manifest's chain is broken, or a key stands in it twice."""
    previous, keys = "0" * 64, set[str]()
    for line in lines:
        if line.previous != previous or line.key in keys:
            yield line.key
        previous = line.hash
        keys.add(line.key)
