"""What goes wrong, decided by the seed and by the place: leaving one fault out does not move the others."""

import hashlib
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
from botocore.exceptions import ClientError, ReadTimeoutError

from autobook.domain.documents import Document
from autobook.domain.provenance import ProvenanceRecord
from tests.fakes import Crash

KANBERT: dict[str, Callable[[], httpx.Response]] = {
    "429": lambda: httpx.Response(429, json={"message": "slow down"}, headers={"Retry-After": "7"}),
    "500": lambda: httpx.Response(500, json={"message": "Server Error"}),
    "503 with Retry-After": lambda: httpx.Response(503, text="away", headers={"Retry-After": "60"}),
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
        self._count[what] += 1
        name = f"{what} #{self._count[what]}"
        digest = hashlib.blake2b(f"{self.seed}|{name}".encode(), digest_size=8).digest()
        if not self.active or int.from_bytes(digest) >= chance * 2**64 or name in self.suppressed:
            return False
        self.story.append((self._now(), name))
        return True

    def crash(self, what: str, chance: float) -> None:
        """The run may end here."""
        if self.happens(what, chance):
            raise Crash(what)

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
    """Any part of AWS, whose calls fail, get no answer although they took effect, or end the whole run."""

    def __init__(self, target: Any, name: str, faults: Faults, chance: float = 0.03) -> None:
        self._target = target
        self._name = name
        self._faults = faults
        self._chance = chance

    def __getattr__(self, method: str) -> Any:
        attribute = getattr(self._target, method)
        return (lambda *a, **k: self._call(method, attribute, a, k)) if callable(attribute) else attribute

    def _call(self, method: str, attribute: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        about = _about(args) or str(named.get("MessageGroupId", ""))
        place = f"{self._name}.{method} {about}".rstrip()
        self._faults.crash(f"crash before {place}", self._chance / 2)
        for kind, error in AWS.items():
            if self._faults.happens(f"{kind} at {place}", self._chance):
                raise error()
        answer = attribute(*args, **named)
        if self._faults.happens(f"no answer from {place}", self._chance):
            raise ReadTimeoutError(endpoint_url="https://aws")
        self._faults.crash(f"crash after {place}", self._chance / 2)
        return answer
