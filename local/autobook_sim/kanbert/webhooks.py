"""Webhooks as documented (docs/kanbert-api.md): signed, 3 s, 3 attempts in all, debounced, the latest state as data.

A create absorbs quick updates; a delete during a pending create sends nothing; an update and then a delete arrive as
two webhooks, in order. Deliveries about one document never overtake each other.
"""

import asyncio
import copy
import hashlib
import hmac
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from autobook_sim.kanbert.profiles import Stage
from autobook_sim.kanbert.store import Store
from autobook_sim.kanbert.wire import Record, as_answered, stamp, to_php_json

MAX_ATTEMPTS = 3
TIMEOUT = 3.0
"""Seconds that a receiver has."""
EVENT_NAMES = {"incoming": "incoming-invoice", "outgoing": "outgoing-invoice"}


@dataclass
class Options:
    """How webhooks behave (`PUT /_sim/webhooks`). The numbers of attempts and seconds are documented, these are not."""

    held: bool = False
    """Nothing leaves until this is false again."""
    debounce: float = 0.3
    """Seconds that a change waits for more."""
    backoff: float = 0.5
    """Seconds before the second attempt; twice that before the third."""
    header: str = "Signature"
    drop: int = 0
    """So many of the next deliveries are forgotten."""
    duplicate: int = 0
    """So many of the next deliveries are made twice."""


@dataclass
class _Pending:
    """What to announce about one document. `snapshot` is its last state if it was deleted since."""

    events: deque[tuple[str, Record | None]] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None
    sending: bool = False


class Webhooks:
    """Collects changes and delivers them."""

    def __init__(self, store: Store, find: Callable[[str, str], Record | None], stage: Stage) -> None:
        self._store = store
        self._stage = stage
        self._find = find
        self.options = Options()
        self.log: list[dict[str, Any]] = []
        self._pending: dict[tuple[str, str], _Pending] = {}
        self._changed = asyncio.Event()

    @property
    def pending(self) -> int:
        """Documents with an announcement that has not left yet."""
        return len(self._pending)

    def happened(self, table: str, action: str, record: Record) -> None:
        """`create`, `update` or `delete` of a document."""
        if not self._subscriptions():
            return
        key = (table, record["id"])
        pending = self._pending.setdefault(key, _Pending())
        waiting = [event for event, _ in pending.events]
        if action == "delete":
            if "create" in waiting:
                pending.events.clear()
            else:
                last = copy.deepcopy(record)
                pending.events = deque((event, last) for event in waiting)
                pending.events.append(("delete", last))
        elif not waiting:
            pending.events.append((action, None))
        if pending.task is None:
            pending.task = asyncio.create_task(self._run(key, pending))

    def changed(self) -> None:
        """The options were changed."""
        self._changed.set()

    async def stop(self) -> None:
        """Forget everything."""
        tasks = [pending.task for pending in self._pending.values() if pending.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._pending.clear()

    def _subscriptions(self) -> list[Record]:
        return [each for each in self._store.all("webhooks") if each["is_active"]]

    async def _run(self, key: tuple[str, str], pending: _Pending) -> None:
        try:
            while pending.events:
                await asyncio.sleep(self.options.debounce + self._stage.delay(key[1]))
                while self.options.held:
                    self._changed.clear()
                    await self._changed.wait()
                while pending.events:
                    event, snapshot = pending.events.popleft()
                    record = snapshot or self._find(*key)
                    if record is not None:
                        await self._deliver(key, event, record)
        finally:
            self._pending.pop(key, None)

    async def _deliver(self, key: tuple[str, str], event: str, record: Record) -> None:
        name, body = self._stage.webhook(*announcement(self._stage, key[0], event, record))
        times = self._stage.copies(key[1])
        if self.options.drop > 0:
            self.options.drop -= 1
            times = 0
        elif self.options.duplicate > 0:
            self.options.duplicate -= 1
            times = 2
        if not times:
            self._note(name, record, "", 0, "dropped")
        for _ in range(times):
            for subscription in self._subscriptions():
                if not subscription["events"] or name in subscription["events"]:
                    await self._send(subscription, name, record, body)

    async def _send(self, subscription: Record, name: str, record: Record, body: bytes) -> None:
        signature = self._stage.signature(hmac.digest(subscription["_secret"].encode(), body, hashlib.sha256))
        headers = {"Content-Type": "application/json", self.options.header: signature}
        async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as client:
            for attempt in range(1, MAX_ATTEMPTS + 1):
                try:
                    async with asyncio.timeout(TIMEOUT):
                        answer = await client.post(subscription["url"], content=body, headers=headers)
                    result = str(answer.status_code)
                    done = answer.is_success
                except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
                    result, done = type(error).__name__, False
                self._note(name, record, subscription["url"], attempt, result)
                if done:
                    return
                if attempt < MAX_ATTEMPTS:
                    await asyncio.sleep(self.options.backoff * 2 ** (attempt - 1))

    def _note(self, event: str, record: Record, url: str, attempt: int, result: str) -> None:
        self.log.append(
            {
                "at": stamp(self._store.clock()),
                "event": event,
                "document": record["id"],
                "url": url,
                "attempt": attempt,
                "result": result,
            }
        )


def announcement(stage: Stage, table: str, event: str, record: Record) -> tuple[str, bytes]:
    """Event and body of a webhook."""
    name = f"{EVENT_NAMES[table]}:{event}"
    data = as_answered(record)
    stage.show(table, data)
    return name, to_php_json({"event": name, "data": data})
