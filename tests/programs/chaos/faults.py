"""What goes wrong, decided by the seed and by the place: leaving one fault out does not move the others."""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from autobook.domain.documents import Document
from autobook.domain.errors import RetryLater, Unanswered
from autobook.domain.provenance import ProvenanceRecord
from tests.fakes import Crash

KANBERT: dict[str, Callable[[], Exception]] = {
    "429": lambda: RetryLater("Kanbert answered 429", after=7),
    "500": lambda: Unanswered("Kanbert answered 500"),
    "503 with Retry-After": lambda: Unanswered("Kanbert answered 503", after=60),
}
AWS: dict[str, Callable[[], Exception]] = {
    "throttled": lambda: ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "Call"),
    "unavailable": lambda: ClientError(
        {"Error": {"Code": "InternalError"}, "ResponseMetadata": {"HTTPStatusCode": 503}},  # type: ignore[typeddict-item]
        "Call",
    ),
}


class Faults:
    """Draws; `suppressed` are the faults that do not happen this time, by name. `story` is what happened."""

    def __init__(self, seed: int, suppressed: frozenset[str] = frozenset(), now: Callable[[], str] = str) -> None:
        self.seed = seed
        self.suppressed = suppressed
        self.active = True
        self.story: list[tuple[str, str]] = []
        self._now = now
        self._count = Counter[str]()

    def draw(self, place: str) -> random.Random:
        """Chance at this place, the n-th time."""
        self._count[place] += 1
        return random.Random(f"{self.seed}|{place}|{self._count[place]}")

    def happens(self, what: str, chance: float) -> bool:
        """Whether a fault happens here and now."""
        rng = self.draw(what)
        name = f"{what} #{self._count[what]}"
        if not self.active or rng.random() >= chance or name in self.suppressed:
            return False
        self.story.append((self._now(), name))
        return True

    def tell(self, what: str) -> None:
        """Something for the story that is no fault."""
        self.story.append((self._now(), what))


def _about(args: tuple[Any, ...]) -> str:
    """The document that a call is about, as far as its first argument says."""
    first = args[0] if args else ""
    match first:
        case Document():
            return first.key
        case ProvenanceRecord():
            return first.document.key
        case str():
            return "/".join(first.split("/")[:3])
    return ""


class Shaky:
    """Any object, whose calls fail, get no answer, or end the whole run.

    `before` may be refused, with no effect; `unanswered` are raised after the call took effect.
    """

    def __init__(
        self,
        target: Any,
        name: str,
        faults: Faults,
        before: dict[str, Callable[[], Exception]],
        unanswered: Callable[[], Exception],
        on_call: Callable[[str, tuple[Any, ...]], None] = lambda _name, _args: None,
        chance: float = 0.03,
    ) -> None:
        self._target = target
        self._name = name
        self._faults = faults
        self._before = before
        self._unanswered = unanswered
        self._on_call = on_call
        self._chance = chance

    def __getattr__(self, method: str) -> Any:
        attribute = getattr(self._target, method)
        return (lambda *a, **k: self._call(method, attribute, a, k)) if callable(attribute) else attribute

    def _call(self, method: str, attribute: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        self._on_call(method, args)
        about = _about(args) or str(named.get("MessageGroupId", ""))
        place = f"{self._name}.{method} {about}".rstrip()
        self._crash(f"crash before {place}")
        for kind, error in self._before.items():
            if self._faults.happens(f"{kind} at {place}", self._chance):
                raise error()
        answer = attribute(*args, **named)
        if self._faults.happens(f"no answer from {place}", self._chance):
            raise self._unanswered()
        self._crash(f"crash after {place}")
        return answer

    def _crash(self, what: str) -> None:
        if self._faults.happens(what, self._chance / 2):
            raise Crash(what)


def no_answer_from_kanbert() -> Exception:
    """A timeout, or a truncated body: it may have been carried out."""
    return Unanswered("Kanbert: incomplete answer")


def no_answer_from_aws() -> Exception:
    """The request may have been carried out."""
    return ReadTimeoutError(endpoint_url="https://aws")
