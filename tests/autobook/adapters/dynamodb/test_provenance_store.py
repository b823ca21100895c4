"""Provenance in DynamoDB."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from autobook.adapters.dynamodb.items import item_of
from autobook.adapters.dynamodb.overflow import item_size
from autobook.adapters.dynamodb.provenance_store import DynamoProvenanceStore, record_fields
from autobook.domain.canonical import sha256
from autobook.domain.codes import ObjectName
from autobook.domain.dependence import Dependence
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import RetryLater
from autobook.domain.provenance import OpenSuggestion, PendingUndo, ProvenanceRecord, Written
from autobook.domain.reviews import OpenReview
from autobook.domain.snapshots import DocumentSnapshot
from autobook.domain.undone import Undone
from tests.autobook.adapters.conftest import PROVENANCE
from tests.fake_kanbert import NOW

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

DOCUMENT = Document(DocumentKind.INCOMING_INVOICE, "inv1")
FULL = ProvenanceRecord(
    DOCUMENT,
    fingerprint="f" * 64,
    revision="e" * 64,
    written=(
        Written(
            "b1",
            "account",
            "acc-7380",
            "acc-1",
            "hetzner",
            value_name=ObjectName("7380", "Straße 北京"),
            before_name=ObjectName(None, "Other"),
        ),
        Written(None, "tags", ("hosting", "monthly"), None, "hetzner"),
        Written("b1", "booking_title", "Straße 北京 🧾", "", "ünïcode", sent="straße 北京 🧾 "),
        Written("b4", "account", "x", None, "r", accepted_by="arn:aws:iam::1:user/ada"),
    ),
    pending=(
        Written(None, "tags", (), ("one",), "r"),
        Written("b2", "account", "x", "y", "r"),
        Written("b3", "account", "x", None, "r", confirmed=True),
        Written("b3", "booking_title", "x", None, "r", accepted=True),
    ),
    side_effects=(Written("b2", "booking_type", "account_staff", None, "r"), Written("b2", "position", None, "p", "r")),
    human_owned=frozenset({(None, "status"), ("b2", "account")}),
    deleted=True,
    snapshot=DocumentSnapshot(
        "f" * 64,
        {"invoice_number": "R-1", "supplier": {"id": "s", "title": "Straße 北京 🧾"}, "sum_net": None},
        {"note": {"text": "a…", "sha256": "0123"}, "vats": {"texts": ["20 %: 4.00"]}},
        {"b1": {"account": {"id": "acc-7380", "code": "7380"}}, "b2": {}},
    ),
    reviews=(OpenReview("no_rule", "no rule", "b1", "account"), OpenReview("review_rule", "look", rule_ids=("a", "b"))),
    suggestions=(
        OpenSuggestion(Written("b1", "project", "prj-1", None, "maybe", rule_version="0123"), NOW),
        OpenSuggestion(Written("b2", "account", "0000", None, "maybe"), NOW, is_code=True),
    ),
    undoing=PendingUndo("Ada", NOW, (Written("b1", "client", "c", None, "r"), Written(None, "tags", (), ("x",), "r"))),
    undone=(Undone("b1", "client", "r", "4567", "Ada", NOW), Undone(None, "note", "r", "", "Ada", NOW)),
    unpublished=('{"id": "ü"}', "{}"),
    unpublished_state="d" * 64,
    depended_on=Dependence(
        state="f" * 64,
        outcome="a" * 64,
        rule_set="b" * 64,
        codes=(("account", "7381", "0123"), ("client", "C-1", "4567")),
        waiting_for=("refused b1 (hetzner)",),
        looks=3,
        look_again_at=NOW,
        writes_in_a_row=1,
        unread_since=NOW,
        announced=("c" * 64,),
    ),
)


def test_blank(dynamodb: "DynamoDBClient") -> None:
    """A document that nobody has seen has a blank record of version 0."""
    assert DynamoProvenanceStore(dynamodb, PROVENANCE).get(DOCUMENT) == ProvenanceRecord(DOCUMENT)


def test_round_trip(dynamodb: "DynamoDBClient") -> None:
    """What is saved is read back exactly, with the next version."""
    provenance = DynamoProvenanceStore(dynamodb, PROVENANCE)
    assert provenance.put(FULL) == replace(FULL, version=1)
    assert provenance.get(DOCUMENT) == replace(FULL, version=1)


def test_names(dynamodb: "DynamoDBClient") -> None:
    """Codes and titles stand beside the values that a person sees in the console, and are read back."""
    provenance = DynamoProvenanceStore(dynamodb, PROVENANCE)
    provenance.put(FULL)
    read = provenance.get(DOCUMENT).written
    assert [(each.value_name, each.before_name) for each in read] == [
        (each.value_name, each.before_name) for each in FULL.written
    ]
    (item,) = dynamodb.scan(TableName=PROVENANCE)["Items"]
    assert item["written"]["L"][0]["M"]["code"] == {"S": "7380"}
    assert item["written"]["L"][0]["M"]["before_title"] == {"S": "Other"}
    assert item["summary"]["M"]["invoice_number"] == {"S": "R-1"}
    assert item["reviews"]["L"][1]["M"]["message"] == {"S": "look"}


def test_stored_by_a_former_version(dynamodb: "DynamoDBClient") -> None:
    """An item that does not say what its decision depended on is read, and counts as decided by unknown rules."""
    fields = record_fields(replace(FULL, version=1))
    dynamodb.put_item(TableName=PROVENANCE, Item=item_of({k: v for k, v in fields.items() if k != "depended_on"}))
    store = DynamoProvenanceStore(dynamodb, PROVENANCE)
    assert store.get(DOCUMENT) == replace(FULL, version=1, depended_on=None)
    fields["depended_on"].pop("codes")
    dynamodb.put_item(TableName=PROVENANCE, Item=item_of(fields))
    depended_on = store.get(DOCUMENT).depended_on
    assert depended_on is not None
    assert depended_on.codes == ()


def test_blank_round_trip(dynamodb: "DynamoDBClient") -> None:
    """A record with nothing in it is kept too."""
    provenance = DynamoProvenanceStore(dynamodb, PROVENANCE)
    provenance.put(ProvenanceRecord(DOCUMENT))
    assert provenance.get(DOCUMENT) == ProvenanceRecord(DOCUMENT, version=1)


def test_versions(dynamodb: "DynamoDBClient") -> None:
    """Each save counts on."""
    provenance = DynamoProvenanceStore(dynamodb, PROVENANCE)
    record = ProvenanceRecord(DOCUMENT)
    for _ in range(12):
        record = provenance.put(record)
    assert provenance.get(DOCUMENT).version == 12


def test_conflict(dynamodb: "DynamoDBClient") -> None:
    """A save on top of another's is refused, and leaves the other's as it is."""
    provenance = DynamoProvenanceStore(dynamodb, PROVENANCE)
    mine = theirs = provenance.put(ProvenanceRecord(DOCUMENT))
    saved = provenance.put(replace(theirs, revision="theirs"))
    with pytest.raises(RetryLater, match="another run"):
        provenance.put(replace(mine, revision="mine"))
    assert provenance.get(DOCUMENT) == saved


def test_conflict_at_first(dynamodb: "DynamoDBClient") -> None:
    """Two begin at once: one is refused."""
    provenance = DynamoProvenanceStore(dynamodb, PROVENANCE)
    provenance.put(ProvenanceRecord(DOCUMENT))
    with pytest.raises(RetryLater):
        provenance.put(ProvenanceRecord(DOCUMENT))


def test_documents_apart(dynamodb: "DynamoDBClient") -> None:
    """Documents of one id but different kinds have different records."""
    provenance = DynamoProvenanceStore(dynamodb, PROVENANCE)
    provenance.put(FULL)
    other = Document(DocumentKind.OUTGOING_INVOICE, "inv1")
    assert provenance.get(other) == ProvenanceRecord(other)


def test_other_faults(dynamodb: "DynamoDBClient") -> None:
    """A fault that is no conflict is not taken for one."""
    provenance = DynamoProvenanceStore(dynamodb, "no-such-table")
    with pytest.raises(ClientError):
        provenance.put(ProvenanceRecord(DOCUMENT))


def large(lines: int = 1_000, title: str = "Zeile") -> ProvenanceRecord:
    """The record of an invoice with so many lines, five fields each."""
    fields = ("account", "position", "project", "client", "booking_title")
    written = tuple(
        Written(f"line{n}", field, sha256(f"{title}-{field}-{n}".encode()), None, "hosting")
        for n in range(lines)
        for field in fields
    )
    assert FULL.snapshot is not None
    snapshot = replace(FULL.snapshot, lines={f"line{n}": {"value": {"text": f"{n}.00"}} for n in range(lines)})
    reviews = tuple(OpenReview("no_rule", "no rule gives this line an account", f"line{n}") for n in range(lines))
    places = frozenset(w.place for w in written)
    return replace(FULL, written=written, pending=written, human_owned=places, snapshot=snapshot, reviews=reviews)


class TestLarge:
    def keys(self, dynamodb: "DynamoDBClient") -> set[str]:
        return {item["pk"]["S"] for item in dynamodb.scan(TableName=PROVENANCE)["Items"]}

    def test_round_trip(self, dynamodb: "DynamoDBClient") -> None:
        """The record of an invoice of 5,000 lines is saved and read back, in items that DynamoDB takes."""
        store = DynamoProvenanceStore(dynamodb, PROVENANCE)
        saved = store.put(large(5_000))
        assert store.get(DOCUMENT) == saved
        for item in dynamodb.scan(TableName=PROVENANCE)["Items"]:
            assert item_size(item) <= 400_000

    def test_small_stays_plain(self, dynamodb: "DynamoDBClient") -> None:
        """Any other record is one item that a person can read in the console."""
        DynamoProvenanceStore(dynamodb, PROVENANCE).put(large(100))
        (item,) = dynamodb.scan(TableName=PROVENANCE)["Items"]
        assert item["written"]["L"][0]["M"]["rule_id"] == {"S": "hosting"}

    def test_nothing_is_left_behind(self, dynamodb: "DynamoDBClient") -> None:
        """What an earlier version needed is removed, also when the record gets small again."""
        store = DynamoProvenanceStore(dynamodb, PROVENANCE)
        first = store.put(large())
        before = self.keys(dynamodb)
        second = store.put(replace(first, written=large(title="other").written))
        assert self.keys(dynamodb) & before == {DOCUMENT.key}
        assert store.get(DOCUMENT) == second
        store.put(replace(FULL, version=second.version))
        assert self.keys(dynamodb) == {DOCUMENT.key}

    @pytest.mark.parametrize("calls", [0, 1, 2])
    def test_crash(self, dynamodb: "DynamoDBClient", calls: int) -> None:
        """A run that ends between the items leaves the record as it was, and the next one saves it."""
        store = DynamoProvenanceStore(dynamodb, PROVENANCE)
        first = store.put(large())
        dying: Any = Dying(dynamodb, calls)
        with pytest.raises(KeyboardInterrupt):
            DynamoProvenanceStore(dying, PROVENANCE).put(replace(first, written=large(title="other").written))
        assert store.get(DOCUMENT) == first
        assert store.put(first) == store.get(DOCUMENT)

    def test_another_was_faster(self, dynamodb: "DynamoDBClient") -> None:
        """A save that is refused touches nothing of the one that stands."""
        store = DynamoProvenanceStore(dynamodb, PROVENANCE)
        first = store.put(large())
        second = store.put(first)
        with pytest.raises(RetryLater):
            store.put(replace(first, written=large(title="other").written))
        assert store.get(DOCUMENT) == second

    def test_read_while_it_is_saved(self, dynamodb: "DynamoDBClient") -> None:
        """A record of which a part has just been replaced is read again a moment later."""
        store = DynamoProvenanceStore(dynamodb, PROVENANCE)
        store.put(large())
        chunk = next(key for key in self.keys(dynamodb) if key.startswith("overflow:"))
        dynamodb.delete_item(TableName=PROVENANCE, Key={"pk": {"S": chunk}})
        with pytest.raises(RetryLater) as waiting:
            store.get(DOCUMENT)
        assert waiting.value.after == 1


class Dying:
    """A client that dies after so many puts."""

    def __init__(self, client: "DynamoDBClient", calls: int) -> None:
        self._client = client
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def put_item(self, **request: Any) -> Any:
        if not self._calls:
            raise KeyboardInterrupt
        self._calls -= 1
        return self._client.put_item(**request)
