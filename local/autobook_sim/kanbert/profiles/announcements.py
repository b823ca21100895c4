"""Webhooks: whether, when and how they come; and documents that are announced before they were read."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from autobook_sim.kanbert.profiles.profile import Profile
from autobook_sim.kanbert.profiles.stage import Stage
from autobook_sim.kanbert.wire import Record, stamp


@dataclass(frozen=True)
class Sent(Profile):
    """How many times a webhook is sent, and up to how many seconds late."""

    times: int = 1
    late: float = 0.0

    def copies(self, stage: Stage, document: str) -> int:  # noqa: ARG002
        """So many."""
        return self.times

    def delay(self, stage: Stage, document: str) -> float:
        """Another for each, so that they overtake each other."""
        return self.late * stage.turn(1000, self.id, document) / 1000


@dataclass(frozen=True)
class Written(Profile):
    """A webhook that is written otherwise: `change` (event, data) gives event and body."""

    change: Callable[[str, Record], tuple[str, Record]] = lambda event, data: (event, data)
    plain: bool = False
    """JSON without escapes."""

    def webhook(self, stage: Stage, event: str, body: bytes) -> tuple[str, bytes]:  # noqa: ARG002
        """The body."""
        given = json.loads(body)
        event, data = self.change(event, given["data"])
        text = json.dumps({"event": event, "data": data}, ensure_ascii=not self.plain)
        return event, text.encode("utf-8", "replace")


@dataclass(frozen=True)
class Signed(Profile):
    """The signature is written so."""

    write: Callable[[bytes], str] = bytes.hex

    def signature(self, digest: bytes) -> str:
        """In the header."""
        return self.write(digest)


@dataclass(frozen=True)
class ReadLater(Profile):
    """A document is announced before its OCR is through; `after` seconds later it is filled in."""

    after_seconds: float = 0.0

    def created(self, stage: Stage, table: str, record: Record) -> None:
        """Nothing is read yet."""
        if table != "incoming":
            return
        names = ("supplier", "sum_net", "sum_tax", "sum_gross", "vats", "bookings", "invoice_number", "date_of_invoice")
        due = stage.now + timedelta(seconds=self.after_seconds)
        stage.kept[self.id, record["id"]] = (due, {name: record[name] for name in names})
        nothing = {"sum_net": Decimal(), "sum_tax": Decimal(), "sum_gross": Decimal(), "vats": [], "bookings": []}
        record |= dict.fromkeys(names) | nothing

    def elapsed(self, stage: Stage) -> None:
        """What is due is filled in: as an update of the document."""
        for key in [key for key in stage.kept if key[0] == self.id]:
            due, values = stage.kept[key]
            if stage.now < due:
                continue
            del stage.kept[key]
            record = stage.store.get("incoming", key[1])
            if record is not None:
                record |= values
                if stage.moves("incoming"):
                    record["updated_at"] = stamp(stage.now)
                stage.store.touch()
                stage.on_change("incoming", record)


def _past(event: str, data: Record) -> tuple[str, Record]:
    subject, change = event.split(":")
    return f"{subject.title().replace('-', '')}:{change.removesuffix('e')}ed", data


_HOW = "webhooks about invoices at all"
_READ = "when an upload is announced"
_SIGNATURE = "encoding of the signature"
_BODY = "a webhook's payload"
ANNOUNCEMENTS = (
    Sent("webhooks-never", _HOW, "no webhook comes", group="webhooks", times=0),
    Sent("webhooks-doubled", _HOW, "every webhook comes twice", group="webhooks", times=2),
    Sent("webhooks-late", _HOW, "webhooks come up to ten minutes late, in any order", late=600.0),
    Written("webhook-names-past", _HOW, "events are called IncomingInvoice:created", group="webhook body",
            change=_past),
    Written("webhook-names-unknown", _HOW, "events have names that nobody knows", group="webhook body",
            change=lambda _event, data: ("document-saved", data)),
    Written("webhook-bodies-other", _BODY, "the id is not in data.id", group="webhook body",
            change=lambda event, data: (event, {"invoice": {"id": data.get("id")}})),
    Written("webhooks-plain", _BODY, "the JSON of a webhook is UTF-8 without escapes", group="webhook body",
            plain=True),
    Signed("signature-upper", _SIGNATURE, "the signature is in upper case", group="signature",
           write=lambda digest: digest.hex().upper()),
    Signed("signature-prefixed", _SIGNATURE, "the signature begins with sha256=", group="signature",
           write=lambda digest: f"sha256={digest.hex()}"),
    Signed("signature-base64", _SIGNATURE, "the signature is in base64", group="signature",
           write=lambda digest: base64.b64encode(digest).decode()),
    ReadLater("read-seconds-later", _READ, "a document is read 40 seconds after it was announced", group="ocr",
              after_seconds=40),
    ReadLater("read-an-hour-later", _READ, "a document is read an hour after it was announced", group="ocr",
              after_seconds=3600),
)  # fmt: skip
