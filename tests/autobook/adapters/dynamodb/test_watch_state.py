"""What the sweep watches, in the table."""

from datetime import timedelta
from typing import TYPE_CHECKING

from autobook.adapters.dynamodb.reconcile_state import DynamoReconcileState
from autobook.adapters.dynamodb.watch_state import DynamoWatchState
from autobook.domain.reconciling import ReconcileProgress
from autobook.domain.watching import Watched
from tests.autobook.adapters.conftest import PROVENANCE
from tests.fake_kanbert import NOW

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


def test_saved(dynamodb: "DynamoDBClient") -> None:
    """It is read as it was saved, with the reconciliation's own time."""
    state = DynamoWatchState(dynamodb, PROVENANCE)
    assert state.watched() is None
    state.save(Watched(NOW))
    assert state.watched() == Watched(NOW)
    state.save(Watched(NOW, NOW + timedelta(hours=1)))
    DynamoReconcileState(dynamodb, PROVENANCE).save_progress(ReconcileProgress(completed_at=NOW))
    assert state.watched() == Watched(NOW, NOW + timedelta(hours=1), NOW)
