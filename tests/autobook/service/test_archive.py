"""The way into the archive: what is stored, under which key, until when, and what is said of it."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from autobook.domain.absence import SECOND_LOOK
from autobook.domain.canonical import sha256
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import AccessRefused, ArchiveConflict, FileUnavailable, RetryLater, UnreadableDocument
from autobook.domain.events import Event
from autobook.domain.fingerprints import fingerprint
from autobook.service.archive import FILE_SECOND_LOOK, ArchiveResult
from tests.fake_kanbert import NOW, incoming, outgoing
from tests.fakes import Crash, Fuse, Stored, System, message

INVOICE = Document(DocumentKind.INCOMING_INVOICE, "inv1")
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


@pytest.mark.parametrize("kind", ["incoming_invoice", "outgoing_invoice"])
class TestFileNotThere:
    """A 404 for the file is believed the second time: it may pass, or be a draft's, or no such path is there."""

    @staticmethod
    def announced(kind: str) -> tuple[System, Event]:
        system = System()
        document = incoming("doc") if kind == "incoming_invoice" else outgoing("doc")
        system.kanbert.add(document, pdf=None)
        return system, cause(f"{kind}/doc")

    def test_passing(self, kind: str) -> None:
        """One that comes after all is kept, and nothing was said before."""
        system, event = self.announced(kind)
        with pytest.raises(RetryLater) as raised:
            system.archiver()(event)
        assert raised.value.after == FILE_SECOND_LOOK
        assert system.publisher.types == []
        system.kanbert.pdfs["doc"] = PDF
        system.clock.advance(seconds=FILE_SECOND_LOOK)
        assert system.archiver()(event).file == "archived"
        assert system.manifest.files_missing == {}

    def test_believed(self, kind: str) -> None:
        """The JSON alone is kept, and the event says so. Looks that are too close to each other are one."""
        system, event = self.announced(kind)
        for _ in range(2):
            with pytest.raises(RetryLater):
                system.archiver()(event)
        system.clock.advance(seconds=FILE_SECOND_LOOK)
        assert system.archiver()(event).file == "not_offered"
        assert [key.rpartition(".")[2] for key in objects(system)] == ["json"]
        assert [each.data["file"] for each in system.publisher.published] == ["not_offered"]
        (state,) = system.manifest.states.values()
        assert state, "reconcile does not look for it"

    def test_later_states(self, kind: str) -> None:
        """What is known to have no file is not waited for in each of its states."""
        system, event = self.announced(kind)
        with pytest.raises(RetryLater):
            system.archiver()(event)
        system.clock.advance(seconds=FILE_SECOND_LOOK)
        system.archiver()(event)
        documents = {"incoming_invoice": system.kanbert.incoming, "outgoing_invoice": system.kanbert.outgoing}
        documents[kind]["doc"]["updated_at"] = "2026-03-05T08:00:00Z"
        assert system.archiver()(event).file == "not_offered"


def test_pdf_not_offered() -> None:
    """Where Kanbert offers no PDF at all the JSON alone is kept at once, and the event says so."""
    system = System()
    system.kanbert.offers_files = False
    system.kanbert.add(incoming(), pdf=PDF)
    assert system.archiver()(announced(system)).file == "not_offered"
    assert [key.rpartition(".")[2] for key in objects(system)] == ["json"]
    assert system.publisher.of("invoice.archived")[0].data["file"] == "not_offered"


def test_outgoing_without_pdf() -> None:
    """An outgoing invoice whose PDF is not there (a draft) is kept all the same."""
    system = System()
    system.kanbert.add(outgoing(), pdf=None)
    system.kanbert.outgoing["out1"]["sum_gross"] = Decimal(1)
    with pytest.raises(RetryLater):
        system.archiver()(cause("outgoing_invoice/out1"))
    system.clock.advance(seconds=FILE_SECOND_LOOK)
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
        source="urn:autobook:stack:eu-central-1:123456789012:autobook",
        dataschema="urn:autobook:data:x:1",
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
    system.clock.advance(minutes=10)
    with pytest.raises(RetryLater):
        system.archiver()(event)
    system.clock.advance(minutes=1)
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
            ("2026-12-31T22:59:59Z", 2026),
            ("2026-12-31T23:00:00Z", 2027),
            ("2027-01-01T00:00:00.000000Z", 2027),
            ("2027-01-01T00:00:00+14:00", 2026),
        ],
    )
    def test_year_in_the_accounts_zone(self, date: str, year: int) -> None:
        """The year of key and retention is the document's in the account's time zone."""
        system = archived(date_of_invoice=date)
        assert all(key.startswith(f"incoming_invoice/{year}/") for key in objects(system))
        assert {s.retain_until for s in system.objects.objects.values()} == {datetime(year + 7, 12, 31, 23, tzinfo=UTC)}

    def test_without_a_date(self) -> None:
        """A document without a date is filed under the year in which it came into Kanbert."""
        system = archived(date_of_invoice=None, created_at="2024-05-01T00:00:00Z")
        assert all(key.startswith("incoming_invoice/2024/") for key in objects(system))

    def test_old_document(self) -> None:
        """A document from long ago is locked as well, from the end of the year in which it came to us."""
        system = archived(date_of_invoice="2012-05-01T00:00:00Z")
        until = datetime(2033, 12, 31, 23, tzinfo=UTC)
        assert {stored.retain_until for stored in system.objects.objects.values()} == {until}
        assert {line.retain_until for line in system.manifest.lines} == {until.isoformat()}

    @pytest.mark.parametrize(
        "date",
        [
            "1911-01-01T00:00:00Z", "2062-01-01T00:00:00Z", "2108-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
            "9999-12-31T23:59:59-12:00", "0002-01-01T00:00:00+14:00",
        ],
    )  # fmt: skip
    def test_implausible(self, date: str) -> None:
        """A date that cannot be true is bounded, and reported in the result and in the event."""
        system = System()
        system.kanbert.add(incoming(date_of_invoice=date), pdf=PDF)
        result = system.archiver()(announced(system))
        (event,) = system.publisher.of("invoice.archived")
        assert len(objects(system)) == 2
        assert result.implausible_date is not None
        assert event.data["implausible_date"].startswith(date[:8])

    def test_plausible(self) -> None:
        """An event says nothing of a date that is believed."""
        assert "implausible_date" not in archived().publisher.of("invoice.archived")[0].data

    def test_locked_the_first_time(self) -> None:
        """What is there stays locked as it is; the event says from when on the first of the objects may go."""
        system = System()
        system.kanbert.add(incoming(), pdf=PDF)
        event = announced(system)
        system.archiver()(event)
        system.clock.advance(days=365 * 2)
        system.kanbert.edit("inv1", title="changed")
        system.archiver()(event)
        first, second = system.publisher.of("invoice.archived")
        assert first.data["retain_until"] == second.data["retain_until"] == "2033-12-31T23:00:00Z"
        assert {s.retain_until.year for s in system.objects.objects.values()} == {2033, 2035}


def unavailable(system: System) -> Event:
    """A document whose file Kanbert cannot give, and the event that leads to the archive."""
    system.kanbert.add(incoming(), pdf=PDF)
    system.kanbert.file_fault = FileUnavailable("answered 500")
    return announced(system)


class TestFileUnavailable:
    def test_json_first(self) -> None:
        """What the document says is stored and in the manifest, whatever becomes of its file."""
        system = System()
        event = unavailable(system)
        with pytest.raises(FileUnavailable):
            system.archiver()(event)
        assert [key.rpartition(".")[2] for key in objects(system)] == ["json"]
        assert [line.key for line in system.manifest.lines] == list(objects(system))
        assert system.publisher.of("invoice.archived") == []

    @pytest.mark.parametrize("fault", [RetryLater("429"), AccessRefused("401")])
    def test_waits(self, fault: RetryLater) -> None:
        """What concerns every call waits, however old the event is."""
        system = System()
        event = unavailable(system)
        system.kanbert.file_fault = fault
        system.clock.advance(days=3)
        with pytest.raises(type(fault)):
            system.archiver()(event)
        assert len(objects(system)) == 1

    def test_missing(self) -> None:
        """After a quarter of an hour the document is announced without its file."""
        system = System()
        event = unavailable(system)
        system.clock.advance(minutes=15)
        assert system.archiver()(event).file == "missing"
        (archived_event,) = system.publisher.of("invoice.archived")
        assert (archived_event.data["file"], len(archived_event.data["objects"])) == ("missing", 1)

    def test_looked_for_again(self) -> None:
        """Reconcile takes the document for not archived, and has it looked for; what comes is announced by itself."""
        system = System()
        event = unavailable(system)
        system.clock.advance(minutes=15)
        system.archiver()(event)
        assert system.manifest.states[event.document] != system.provenance.get(event.document).fingerprint
        system.kanbert.file_fault = None
        assert system.archiver()(event).file == "archived"
        assert system.manifest.states[event.document] == system.provenance.get(event.document).fingerprint
        missing, found = system.publisher.of("invoice.archived")
        assert missing.id != found.id

    def test_not_looked_for_for_ever(self) -> None:
        """After a week of nights the document counts as archived without its file."""
        system = System()
        event = unavailable(system)
        for _ in range(8):
            assert system.manifest.states.get(event.document, "") == ""
            system.clock.advance(days=1)
            system.archiver()(event)
        assert system.manifest.states[event.document] == system.provenance.get(event.document).fingerprint
        assert len({each.id for each in system.publisher.of("invoice.archived")}) == 1


class TestUnreadable:
    def test_archived_all_the_same(self) -> None:
        """A document that cannot be read any more is archived as it came, with its file."""
        system = System()
        system.kanbert.add(incoming(), pdf=PDF)
        event = announced(system)
        system.kanbert.edit("inv1", sum_net={"amount": 1}, date_of_invoice=["2024"])
        result = system.archiver()(event)
        assert result.unreadable is not None
        assert sorted(key.rpartition(".")[2] for key in objects(system)) == ["json", "pdf"]
        (content,) = [content for key, content in objects(system).items() if key.endswith(".json")]
        assert json.loads(content)["sum_net"] == {"amount": 1}
        assert system.publisher.types[-1] == "invoice.archived"

    def test_not_the_document(self) -> None:
        """Something that is not the document at all is not kept as it."""
        system = System()
        system.kanbert.add(incoming(), pdf=PDF)
        event = announced(system)
        system.kanbert.edit("inv1", id="other", sum_net=[])
        with pytest.raises(UnreadableDocument):
            system.archiver()(event)
        assert objects(system) == {}


class TestGone:
    def test_believed_later(self) -> None:
        """A 404 soon after the event may pass: the waits double, as the event grows older."""
        system = System()
        system.kanbert.add(incoming(), pdf=PDF)
        event = announced(system)
        document = system.kanbert.incoming.pop("inv1")
        waits = []
        for _ in range(6):
            with pytest.raises(RetryLater) as waiting:
                system.archiver()(event)
            assert waiting.value.after is not None
            waits.append(waiting.value.after)
            system.clock.advance(seconds=waiting.value.after)
        assert waits == [15, 15, 30, 60, 120, 240]
        system.kanbert.add(document, pdf=PDF)
        assert len(system.archiver()(event).keys) == 2

    def test_old_event(self) -> None:
        """A 404 long after the event is a first one, too; a look that finds the document makes the next a first one."""
        system = System()
        system.kanbert.add(incoming(), pdf=PDF)
        event = announced(system)
        system.clock.advance(hours=5)
        for _ in range(2):
            document = system.kanbert.incoming.pop("inv1")
            for _ in range(2):  # looks that are too close to each other are one
                with pytest.raises(RetryLater) as waiting:
                    system.archiver()(event)
                assert waiting.value.after == SECOND_LOOK
            system.clock.advance(seconds=SECOND_LOOK)
            system.kanbert.add(document, pdf=PDF)
            with pytest.raises(Crash):
                replace(system.archiver(), archive=Fuse(1).wrap(system.objects))(event)

    def test_keeps_what_is_archived(self) -> None:
        """A 404 that passes leaves what is remembered of the document, a file that is looked for included."""
        system = archived()
        before = system.manifest.archived(INVOICE)
        document = system.kanbert.incoming.pop("inv1")
        with pytest.raises(RetryLater):
            system.archiver()(cause("incoming_invoice/inv1"))
        assert replace(system.manifest.archived(INVOICE), missing_since=None) == before
        system.kanbert.incoming["inv1"] = document
        system.archiver()(cause("incoming_invoice/inv1"))
        assert system.manifest.archived(INVOICE) == before


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

    def test_number_is_taken(self) -> None:
        """A number that is taken with other content ends as a dead letter; nothing is added behind it."""
        system = System()
        for identifier in ("inv1", "inv2"):
            system.kanbert.add(incoming(identifier), pdf=PDF)
        for identifier in ("inv1", "inv2"):
            system.processor()(message(identifier))
        first, second = system.publisher.of("invoice.received")
        system.objects.objects["manifest/000000000001.json"] = Stored(b"another", "application/json", NOW)
        with pytest.raises(ArchiveConflict, match=r"manifest/0{11}1\.json"):
            system.archiver()(first)
        with pytest.raises(RetryLater, match="halted"):
            system.archiver()(second)
        assert system.objects.objects["manifest/000000000001.json"].content == b"another"
        assert len(system.manifest.lines) == 1
        assert system.publisher.of("invoice.archived") == []

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
        (b"\xef\xbb\xbf<?xml version='1.0'?><Invoice/>", "xml", "application/xml"),
    ],
)
def test_not_a_pdf(content: bytes, suffix: str, media_type: str) -> None:
    """What a person gave to Kanbert is kept whatever it is, under a name that says so."""
    system = archived(pdf=content)
    stored = system.objects.objects[f"incoming_invoice/2026/inv1/{sha256(content)}.{suffix}"]
    assert (stored.content, stored.media_type) == (content, media_type)
