"""The way into the archive: what is stored, under which key, until when, and what is said of it."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from autobook.domain.canonical import sha256
from autobook.domain.errors import RetryLater
from autobook.domain.events import Event
from autobook.domain.fingerprints import fingerprint
from autobook.service.archive import ArchiveResult
from tests.fake_kanbert import incoming, outgoing
from tests.fakes import System, message

PDF = b"%PDF-1.7 \x00\xff the very bytes"


def announced(system: System, identifier: str = "inv1") -> Event:
    """The event that leads to the archive."""
    system.processor()(message(identifier))
    return system.publisher.published[0]


def archived(pdf: bytes | None = PDF, **fields: Any) -> System:
    """A system that has archived one invoice."""
    system = System()
    system.kanbert.add(incoming(**fields), pdf=pdf)
    system.archiver()(announced(system))
    return system


def objects(system: System) -> dict[str, bytes]:
    return {key: stored.content for key, stored in system.objects.objects.items() if not key.startswith("manifest/")}


def test_pdf_byte_for_byte() -> None:
    """The PDF is kept byte for byte, its key carries its SHA-256, the document and the year."""
    system = archived()
    key = f"incoming_invoice/2026/inv1/{sha256(PDF)}.pdf"
    assert objects(system)[key] == PDF
    assert system.objects.objects[key].media_type == "application/pdf"


def test_json() -> None:
    """What the document said is kept beside it, with every amount exact and every unknown field."""
    system = archived(sum_net=Decimal("0.10"), something_new={"deep": [Decimal("1.50")]})
    (content,) = [content for key, content in objects(system).items() if key.endswith(".json")]
    kept = json.loads(content, parse_float=Decimal)
    assert (kept["sum_net"], kept["something_new"], kept["title"]) == (
        Decimal("0.1"),
        {"deep": [Decimal("1.5")]},
        "Hosting 2026/02",
    )
    assert f"incoming_invoice/2026/inv1/{sha256(content)}.json" in objects(system)


def test_event() -> None:
    """The event names every object with hash and size, and the state that was kept."""
    system = archived()
    (event,) = system.publisher.of("invoice.archived")
    assert {o["key"]: (o["sha256"], o["size"]) for o in event.data["objects"]} == {
        key: (sha256(content), len(content)) for key, content in objects(system).items()
    }
    assert event.data["file"] == "archived"
    assert event.data["document"]["state"] == fingerprint(system.kanbert.get_incoming_invoice("inv1"))
    assert event.trace_id == "trace-1"


def test_pdf_not_offered() -> None:
    """Where Kanbert offers no PDF the JSON alone is kept, and the event says so."""
    system = archived(pdf=None)
    assert [key.rpartition(".")[2] for key in objects(system)] == ["json"]
    assert system.publisher.of("invoice.archived")[0].data["file"] == "not_offered"


def test_outgoing_without_pdf() -> None:
    """An outgoing invoice whose PDF is not there (a draft) is kept all the same."""
    system = System()
    system.kanbert.add(outgoing(), pdf=None)
    system.kanbert.outgoing["out1"]["sum_gross"] = Decimal(1)
    system.archiver()(cause("outgoing_invoice/out1"))
    assert [key.rpartition(".")[2] for key in objects(system)] == ["json"]


def test_outgoing() -> None:
    """An outgoing invoice is kept with its PDF under its own kind."""
    system = System()
    system.kanbert.add(outgoing(), pdf=PDF)
    system.archiver()(cause("outgoing_invoice/out1"))
    assert f"outgoing_invoice/2026/out1/{sha256(PDF)}.pdf" in objects(system)
    assert system.publisher.types == ["outgoing_invoice.archived"]


def cause(subject: str) -> Event:
    return Event(
        id="0" * 64,
        source="autobook",
        type="outgoing_invoice.changed",
        subject=subject,
        time=datetime(2026, 3, 2, tzinfo=UTC),
        traceid="t",
        data={},
    )


def test_gone() -> None:
    """A document that is gone by now is none to archive."""
    system = System()
    system.kanbert.add(incoming())
    event = announced(system)
    del system.kanbert.incoming["inv1"]
    assert system.archiver()(event) == ArchiveResult()
    assert system.objects.objects == {}
    assert system.publisher.of("invoice.archived") == []


def test_three_times() -> None:
    """The same event three times keeps one PDF, one JSON, and says one thing under one id."""
    system = System()
    system.kanbert.add(incoming(), pdf=PDF)
    event = announced(system)
    keys = {system.archiver()(event).keys for _ in range(3)}
    assert len(keys) == 1
    assert len(objects(system)) == 2
    assert len(system.manifest.lines) == 2
    assert len({(e.id, json.dumps(e.data)) for e in system.publisher.of("invoice.archived")}) == 1


def test_two_causes_one_state() -> None:
    """Two events that find the same state say the same under the same id."""
    system = System()
    system.kanbert.add(incoming(), pdf=PDF)
    first = announced(system)
    system.kanbert.edit("inv1", title="changed")
    system.processor()(message())
    (second,) = system.publisher.of("invoice.changed")
    for event in (first, second):
        system.archiver()(event)
    one, other = system.publisher.of("invoice.archived")
    assert (one.id, one.data) == (other.id, other.data)


def test_changed_document() -> None:
    """A changed document is kept beside what it was; the same PDF is kept once."""
    system = System()
    system.kanbert.add(incoming(), pdf=PDF)
    event = announced(system)
    system.archiver()(event)
    system.kanbert.edit("inv1", title="changed")
    system.archiver()(event)
    assert sorted(key.rpartition(".")[2] for key in objects(system)) == ["json", "json", "pdf"]
    assert len({e.id for e in system.publisher.of("invoice.archived")}) == 2


class TestRetention:
    def test_seven_years(self) -> None:
        """In Austria until seven years after the end of the document's year, everything of it."""
        system = archived()
        until = datetime(2033, 12, 31, 23, tzinfo=UTC)
        assert {stored.retain_until for stored in system.objects.objects.values()} == {until}
        assert {line.retain_until for line in system.manifest.lines} == {until.isoformat()}
        assert system.publisher.of("invoice.archived")[0].data["retain_until"] == "2033-12-31T23:00:00Z"

    @pytest.mark.parametrize(
        ("date", "year"),
        [
            ("2025-12-31T22:59:59Z", 2025),
            ("2025-12-31T23:00:00Z", 2026),
            ("2026-01-01T00:00:00.000000Z", 2026),
            ("2025-12-31T00:00:00+14:00", 2025),
        ],
    )
    def test_year_in_the_accounts_zone(self, date: str, year: int) -> None:
        """The year of key and retention is the document's in the account's time zone."""
        system = archived(date_of_invoice=date)
        assert all(key.startswith(f"incoming_invoice/{year}/") for key in objects(system))
        assert {s.retain_until for s in system.objects.objects.values()} == {datetime(year + 7, 12, 31, 23, tzinfo=UTC)}

    def test_without_a_date(self) -> None:
        """A document without a date counts from when it came into Kanbert."""
        system = archived(date_of_invoice=None, created_at="2024-05-01T00:00:00Z")
        assert all(key.startswith("incoming_invoice/2024/") for key in objects(system))

    def test_over(self) -> None:
        """A document whose time is over is kept without a lock: S3 would refuse one that ends in the past."""
        system = archived(date_of_invoice="2012-05-01T00:00:00Z")
        assert {stored.retain_until for stored in system.objects.objects.values()} == {None}
        assert {line.retain_until for line in system.manifest.lines} == {"2019-12-31T23:00:00+00:00"}


class TestManifest:
    def test_chain(self) -> None:
        """Every object has a line, kept in the archive too, chained to the one before."""
        system = archived()
        first, second = system.manifest.lines
        assert {first.key, second.key} == set(objects(system))
        assert (first.previous, second.previous) == ("0" * 64, first.hash)
        for line in (first, second):
            stored = system.objects.objects[f"manifest/{line.number:012}.json"]
            assert json.loads(stored.content)["key"] == line.key
            assert sha256(stored.content) == line.hash

    def test_faults_pass_through(self) -> None:
        """A manifest that is busy brings the event back later."""
        system = System()
        system.kanbert.add(incoming())
        event = announced(system)

        def busy(*_: object) -> None:
            raise RetryLater("busy", after=1)

        system.manifest.line = busy  # type: ignore[assignment,method-assign]
        with pytest.raises(RetryLater):
            system.archiver()(event)
        assert system.publisher.of("invoice.archived") == []


@pytest.mark.parametrize(
    ("content", "suffix", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n a picture", "png", "image/png"),
        (b"\xff\xd8\xff\xe0 a photograph", "jpg", "image/jpeg"),
        (b"II*\x00 a scan", "tif", "image/tiff"),
        (b"something else", "bin", "application/octet-stream"),
    ],
)
def test_not_a_pdf(content: bytes, suffix: str, media_type: str) -> None:
    """What a person gave to Kanbert is kept whatever it is, under a name that says so."""
    system = archived(pdf=content)
    stored = system.objects.objects[f"incoming_invoice/2026/inv1/{sha256(content)}.{suffix}"]
    assert (stored.content, stored.media_type) == (content, media_type)
