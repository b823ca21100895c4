"""How far a reconcile run came, and the digests that it keeps."""

from dataclasses import replace
from typing import TYPE_CHECKING

from autobook.adapters.dynamodb.reconcile_state import DynamoReconcileState
from autobook.domain.reconciling import Collection, Digests, ReconcileProgress, Step, digest
from tests.autobook.adapters.conftest import PROVENANCE
from tests.fake_kanbert import NOW

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


def test_progress(dynamodb: "DynamoDBClient") -> None:
    """Progress is read back as it was saved; a save on top of another's is refused."""
    state = DynamoReconcileState(dynamodb, PROVENANCE)
    assert state.progress() is None
    begun = ReconcileProgress().begun(NOW)
    assert begun is not None
    first = begun.with_counts({"found": 2, "kanbert incoming_invoice open": 71}).with_page(Collection.LISTED)
    saved = state.save_progress(first.after_page("cursor"))
    assert saved == state.progress() == first.after_page("cursor").next_version()
    assert state.save_progress(first) is None
    asked = replace(first.restarted(), asked=digest("a"), found=digest("b"), version=1)
    assert state.save_progress(asked) == state.progress() == asked.next_version()
    saved = state.progress()
    assert saved is not None
    ended = saved
    for _ in Step:
        ended = ended.after_page(None)
    assert state.save_progress(ended) == state.progress() == ended.next_version()
    assert (ended.started_at, ended.completed_at) == (None, NOW)


def test_digests(dynamodb: "DynamoDBClient") -> None:
    """Pages of digests are read back, as many as are asked for; a later run writes over them."""
    state = DynamoReconcileState(dynamodb, PROVENANCE)
    for number in range(130):
        state.keep("listed", number, digest(f"old {number}"))
    for number in range(120):
        state.keep("listed", number, digest(f"{number} a") + digest(f"{number} b"))
    found = Digests(state.digests("listed", 120))
    assert all(f"{number} {each}" in found for number in range(120) for each in "ab")
    assert not [number for number in range(130) if f"old {number}" in found]
    assert "anything" not in Digests(state.digests("listed", 0))
