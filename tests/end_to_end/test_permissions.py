"""The roles hold what is needed and no more: with any one permission taken away, the main job does not come through."""

import pytest

from autobook_local.demo.documents import DemoDocument
from autobook_local.demo.story import StillBusy, follow
from autobook_local.stack.permissions import Permission, permissions, withheld
from autobook_local.stack.template import load_template
from autobook_local.system import LocalSystem
from tests.end_to_end.test_main_job import finish, upload
from tests.end_to_end.webhooks import deliver, unsubscribed, webhook_body

SECONDS_TO_FAIL = 8.0


def permission(system: LocalSystem, role: str, action: str) -> Permission:
    """The one of the template."""
    known = permissions(load_template(system.tools.template))
    return next(p for p in known if (p.role, p.action) == (role, action))


def test_without_sending(system: LocalSystem) -> None:
    """Without sqs:SendMessage on the documents queue a webhook is not acknowledged: Kanbert will try again."""
    with withheld(system.deployment, permission(system, "ReceiveRole", "sqs:SendMessage")):
        assert deliver(system, webhook_body("T4")).status_code >= 500


@pytest.mark.parametrize(
    ("role", "action"),
    [("ProcessRole", "dynamodb:Scan"), ("ProcessRole", "sns:Publish"), ("ArchiveRole", "s3:PutObject")],
)
def test_without_permission(system: LocalSystem, hosting: DemoDocument, role: str, action: str) -> None:
    """The document does not get through, nothing of it is lost, and it does once the permission is back."""
    with unsubscribed(system), withheld(system.deployment, permission(system, role, action)):
        story = upload(system, hosting, f"{role} {action}")
        assert deliver(system, webhook_body(story.document.id)).status_code == 202
        with pytest.raises(StillBusy):
            follow(system, [story], seconds=SECONDS_TO_FAIL, progress=lambda _done, _total: None)
        assert not story.is_archived
    finish(system, story)
    assert story.is_archived
