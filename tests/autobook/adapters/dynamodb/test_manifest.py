"""The archive's manifest in DynamoDB: one chain, whoever writes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import pairwise
from threading import Barrier, Lock
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from autobook.adapters.dynamodb.manifest import DynamoManifest
from autobook.adapters.dynamodb.provenance_store import DynamoProvenanceStore
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import RetryLater
from autobook.domain.provenance import ProvenanceRecord
from autobook.domain.retention import ArchivedState, ManifestLine
from tests.autobook.adapters.conftest import PROVENANCE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

UNTIL = datetime(2034, 1, 1, tzinfo=UTC)


def append(manifest: DynamoManifest, name: str) -> ManifestLine:
    return manifest.line(f"incoming_invoice/2026/{name}.pdf", name * 32, 7, UNTIL)


def check(lines: list[ManifestLine]) -> None:
    """One chain, without a gap."""
    lines = sorted(lines, key=lambda line: line.number)
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    assert lines[0].previous == "0" * 64
    for before, line in pairwise(lines):
        assert line.previous == before.hash


def test_chain(dynamodb: "DynamoDBClient") -> None:
    """Each line follows the one before and carries its hash."""
    manifest = DynamoManifest(dynamodb, PROVENANCE)
    lines = [append(manifest, name) for name in ("aa", "bb", "cc")]
    check(lines)
    assert lines[1].retain_until == "2034-01-01T00:00:00+00:00"


def test_same_key_same_line(dynamodb: "DynamoDBClient") -> None:
    """An object has one line, however often it is asked for, also after others."""
    manifest = DynamoManifest(dynamodb, PROVENANCE)
    first = append(manifest, "aa")
    append(manifest, "bb")
    assert append(manifest, "aa") == first


class Atomic:
    """A client whose every call is done at one stroke, as DynamoDB's are and moto's, in threads, are not."""

    def __init__(self, client: "DynamoDBClient") -> None:
        self._client = client
        self._lock = Lock()

    def __getattr__(self, name: str) -> Any:
        def call(**request: Any) -> Any:
            with self._lock:
                return getattr(self._client, name)(**request)

        return call


def test_written_at_once(dynamodb: "DynamoDBClient") -> None:
    """Writers at the same time come to one chain; who is beaten too often comes back later."""
    names = [f"{n:02}" for n in range(6)]
    start = Barrier(len(names))
    shared: Any = Atomic(dynamodb)

    def write(name: str) -> ManifestLine:
        manifest = DynamoManifest(shared, PROVENANCE)
        start.wait()
        while True:
            try:
                return append(manifest, name)
            except RetryLater as error:
                assert error.after == 1  # noqa: PT017 - the loser learns how long to wait

    with ThreadPoolExecutor(len(names)) as pool:
        check(list(pool.map(write, names)))


class Overtaken:
    """A client whose every append comes too late: somebody else was faster."""

    def __init__(self, client: "DynamoDBClient", times: int) -> None:
        self._client = client
        self._times = times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, **request: Any) -> Any:
        if self._times:
            append(DynamoManifest(self._client, PROVENANCE), f"x{self._times}")
            self._times -= 1
        return self._client.transact_write_items(**request)


def test_overtaken(dynamodb: "DynamoDBClient") -> None:
    """An append that was overtaken goes behind the other."""
    manifest = DynamoManifest(Overtaken(dynamodb, 3), PROVENANCE)  # type: ignore[arg-type]
    assert append(manifest, "aa").number == 4


def test_overtaken_too_often(dynamodb: "DynamoDBClient") -> None:
    """After eight times it is left for later; nothing of it is written."""
    with pytest.raises(RetryLater) as error:
        append(DynamoManifest(Overtaken(dynamodb, 100), PROVENANCE), "aa")  # type: ignore[arg-type]
    assert error.value.after == 1
    assert append(DynamoManifest(dynamodb, PROVENANCE), "bb").number == 9


class Cancelled:
    """A client whose transactions are cancelled, for these reasons, an item each."""

    def __init__(self, client: "DynamoDBClient", *reasons: str, listed: bool = True) -> None:
        self._client = client
        self.asked = 0
        message = f"Transaction cancelled, please refer cancellation reasons for details [{', '.join(reasons)}]"
        response: Any = {"Error": {"Code": "TransactionCanceledException", "Message": message}}
        response |= {"CancellationReasons": [{"Code": each} for each in reasons]} if listed else {}
        self._error = ClientError(response, "TransactWriteItems")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, **_request: Any) -> Any:
        self.asked += 1
        raise self._error


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("reason", ["ConditionalCheckFailed", "TransactionConflict"])
def test_cancelled_as_somebody_was_faster(dynamodb: "DynamoDBClient", reason: str, listed: bool) -> None:
    """The end of the chain is looked for again; after eight times it is left for a second later."""
    client = Cancelled(dynamodb, "None", reason, listed=listed)
    with pytest.raises(RetryLater, match="too many archive writers") as error:
        append(DynamoManifest(client, PROVENANCE), "aa")  # type: ignore[arg-type]
    assert (client.asked, error.value.after) == (8, 1)


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("reason", ["ThrottlingError", "ProvisionedThroughputExceeded"])
def test_cancelled_as_dynamodb_is_busy(dynamodb: "DynamoDBClient", reason: str, listed: bool) -> None:
    """A cancelled transaction is not always a lost race: a throttled one is left for later, with its reason."""
    client = Cancelled(dynamodb, reason, "None", listed=listed)
    with pytest.raises(RetryLater, match=reason) as error:
        append(DynamoManifest(client, PROVENANCE), "aa")  # type: ignore[arg-type]
    assert (client.asked, error.value.after) == (1, None)


@pytest.mark.parametrize("reasons", [("ValidationError", "None"), ("ItemCollectionSizeLimitExceeded",), ("None",)])
def test_cancelled_for_a_fault(dynamodb: "DynamoDBClient", reasons: tuple[str, ...]) -> None:
    """What no waiting cures is raised, and not taken for a race that would be run for ever."""
    client = Cancelled(dynamodb, *reasons)
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        append(DynamoManifest(client, PROVENANCE), "aa")  # type: ignore[arg-type]
    assert client.asked == 1


def test_beside_the_provenance(dynamodb: "DynamoDBClient") -> None:
    """Manifest and provenance share a table and do not meet, whatever a document's id."""
    provenance = DynamoProvenanceStore(dynamodb, PROVENANCE)
    for identifier in ("head", "manifest", "archive"):
        provenance.put(ProvenanceRecord(Document(DocumentKind.INCOMING_INVOICE, identifier)))
    assert append(DynamoManifest(dynamodb, PROVENANCE), "aa").number == 1


def test_halted(dynamodb: "DynamoDBClient") -> None:
    """A halted manifest grows no more, and says why; the lines that it has are found."""
    manifest = DynamoManifest(dynamodb, PROVENANCE)
    first = append(manifest, "aa")
    manifest.halt("number 1 is taken")
    with pytest.raises(RetryLater, match="number 1 is taken"):
        append(manifest, "bb")
    assert append(manifest, "aa") == first
    dynamodb.delete_item(TableName=PROVENANCE, Key={"pk": {"S": "manifest:halted"}})
    assert append(manifest, "bb").number == 2


@pytest.mark.parametrize(
    "archived",
    [ArchivedState("f" * 64), ArchivedState("", UNTIL), ArchivedState("f" * 64, None, UNTIL), ArchivedState()],
    ids=["whole", "file missing", "missing", "blank"],
)
def test_how_far_a_document_is_archived(dynamodb: "DynamoDBClient", archived: ArchivedState) -> None:
    """It is remembered as it was marked last."""
    manifest, document = DynamoManifest(dynamodb, PROVENANCE), Document(DocumentKind.INCOMING_INVOICE, "inv1")
    assert manifest.archived(document) == ArchivedState()
    manifest.mark_archived(document, ArchivedState("a", UNTIL, UNTIL))
    manifest.mark_archived(document, archived)
    assert manifest.archived(document) == archived
