"""What goes wrong on purpose: faults that a test orders, by operation."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

type Kind = Literal["status", "latency", "drop", "drop_after", "truncate", "malformed"]
KINDS = ("status", "latency", "drop", "drop_after", "truncate", "malformed")


@dataclass
class Fault:
    """One order. `operation` is an operation's id, `incoming.*`, or `*`; `times` how often (None: until cleared).

    status: answer so, without carrying the call out. latency: wait `seconds` first. drop: cut the connection before the
    call is carried out; drop_after: after it was. truncate: carry out, send half the answer. malformed: carry out,
    send an answer that is not JSON.
    """

    operation: str
    kind: Kind
    times: int | None = 1
    status: int = 500
    seconds: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)

    def fits(self, operation: str) -> bool:
        """Whether it is about this operation."""
        return self.operation in ("*", operation, f"{operation.split('.')[0]}.*")


class Faults:
    """The orders that stand."""

    def __init__(self) -> None:
        self._ordered: list[Fault] = []

    def order(self, body: Any) -> Fault:
        """Take an order. ValueError where it makes no sense."""
        if not isinstance(body, dict) or body.get("kind") not in KINDS or not isinstance(body.get("operation"), str):
            raise ValueError(f"a fault needs operation and kind, one of {', '.join(KINDS)}")
        try:
            fault = Fault(**body)
        except TypeError as error:
            raise ValueError(str(error)) from None
        self._ordered.append(fault)
        return fault

    def take(self, operation: str) -> Fault | None:
        """The first fault that stands for this operation, used up once."""
        for fault in self._ordered:
            if fault.fits(operation):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._ordered.remove(fault)
                return fault
        return None

    def clear(self) -> None:
        """No more faults."""
        self._ordered.clear()

    def listed(self) -> list[dict[str, Any]]:
        """For people."""
        return [asdict(fault) for fault in self._ordered]
