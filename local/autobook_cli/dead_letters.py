"""A dead letter, as it is read from a message of a dead-letter queue: ours, that of SNS, or that of a schedule.

What puts a letter there says why in its own way: our consumers by the attributes `reason` and `attempts`; SNS by
`ErrorCode` and `ErrorMessage` (SNS developer guide, "Dead-letter queues"); EventBridge by `RULE_ARN`, `ERROR_CODE` and
`ERROR_MESSAGE` (EventBridge user guide, "Using dead-letter queues"); Lambda by a body of its own (Lambda developer
guide, "Capturing records of Lambda asynchronous invocations"). A queue that gave up by itself says nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeIs

from autobook.adapters.awaiting_letters import awaited

EVENTS = "EventsDeadLetters"
SCHEDULES = "SchedulesDeadLetters"
SOURCES: Mapping[str, str | None] = {
    "DocumentsDeadLetters": "DocumentsQueue",
    "ArchiveDeadLetters": "ArchiveQueue",
    "DownstreamDeadLetters": "DownstreamQueue",
    "ExportHypatosDeadLetters": "ExportHypatosQueue",
    "ExportBillomatDeadLetters": "ExportBillomatQueue",
    EVENTS: None,
    SCHEDULES: None,
    "CheckRulesDeadLetters": None,
}
"""Each dead-letter queue and the queue its letters came from. None: from SNS, which had several to deliver into, and
from a schedule, which has none."""
_UNSAID = "delivered as often as the queue allows"
_SCHEDULED = ("Function", "Schedule")
"""Endings of the logical ids of what a schedule letter is about."""


@dataclass(frozen=True)
class DeadLetter:
    """One dead letter. `document` is `kind/id` (or `schedule/sweep`), `queue` the logical id of its queue.

    `attempts` are those that our consumer counted; None where nobody counted: the receive count of SQS grows with
    every look. `clues` are the texts that came with it.
    """

    queue: str
    message_id: str
    document: str
    reason: str
    sent_at: datetime
    attempts: int | None
    body: str
    group: str
    receipt: str
    clues: tuple[str, ...] = ()
    awaits: tuple[str, ...] = ()
    """What it waits for before it goes on by itself, such as `supplier:sup9`."""

    @property
    def identifier(self) -> str:
        """The document's id alone."""
        return self.document.rpartition("/")[2]

    def is_called(self, name: str) -> bool:
        """True for the id of its document, alone or with the kind before it, and for its own id."""
        return name in (self.identifier, self.document, self.message_id)

    def age(self, now: datetime) -> timedelta:
        """Time since it was sent to the dead-letter queue."""
        return now - self.sent_at


def letter_of(queue: str, message: Mapping[str, Any], logical_ids: Mapping[str, str]) -> DeadLetter:
    """The letter that SQS answered with. `logical_ids` gives a resource's logical id by its physical one."""
    system = message["Attributes"]
    own = {name: str(value.get("StringValue", "")) for name, value in message.get("MessageAttributes", {}).items()}
    attempts = own.get("attempts", "")
    body = message["Body"]
    fields = _fields(body)
    return DeadLetter(
        queue=queue,
        message_id=message["MessageId"],
        document=_scheduled(own, fields, logical_ids) if queue == SCHEDULES else _document(_delivered(fields)),
        reason=_reason(own, fields),
        sent_at=datetime.fromtimestamp(int(system["SentTimestamp"]) / 1000, UTC),
        attempts=int(attempts) if attempts.isascii() and attempts.isdigit() else None,
        body=body,
        group=system.get("MessageGroupId", ""),
        receipt=message["ReceiptHandle"],
        clues=(*own.values(), str(fields.get("UnsubscribeURL", ""))),
        awaits=awaited(message.get("MessageAttributes", {})),
    )


def delivered_text(body: str) -> str:
    """What a queue is to get: the body itself, or what SNS put an envelope around."""
    message = _fields(body).get("Message")
    return message if _is_envelope(_fields(body)) and isinstance(message, str) else body


def _fields(body: str) -> dict[str, Any]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _is_envelope(fields: Mapping[str, Any]) -> bool:
    return fields.get("Type") == "Notification" and "TopicArn" in fields


def _delivered(fields: dict[str, Any]) -> dict[str, Any]:
    return _fields(str(fields.get("Message", ""))) if _is_envelope(fields) else fields


def _document(fields: Mapping[str, Any]) -> str:
    try:
        return str(fields["subject"] if "subject" in fields else f"{fields['kind']}/{fields['id']}")
    except KeyError:
        return "-"


def _scheduled(own: Mapping[str, str], fields: Mapping[str, Any], logical_ids: Mapping[str, str]) -> str:
    """`schedule/sweep`, from the ARN of the function or of the rule."""
    context = fields.get("requestContext")
    arn = own.get("RULE_ARN") or own.get("TARGET_ARN") or (context.get("functionArn") if _is_map(context) else None)
    if not isinstance(arn, str) or not arn:
        return "-"
    # arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER], arn:aws:events:REGION:ACCOUNT:rule/[BUS/]NAME
    parts = arn.split(":")
    physical = parts[6] if len(parts) > 6 else parts[-1].rpartition("/")[2]
    name = logical_ids.get(physical) or logical_ids.get(arn) or physical
    for ending in _SCHEDULED:
        name = name.removesuffix(ending)
    return f"schedule/{name.lower()}"


def _reason(own: Mapping[str, str], fields: Mapping[str, Any]) -> str:
    """Why it is here, by whoever put it here."""
    if "reason" in own:
        return own["reason"]
    for code, message in (("ErrorCode", "ErrorMessage"), ("ERROR_CODE", "ERROR_MESSAGE")):
        if texts := [own[name] for name in (code, message) if own.get(name)]:
            return ": ".join(texts)
    context, answer = fields.get("requestContext"), fields.get("responsePayload")
    if _is_map(answer) and (texts := [str(answer[name]) for name in ("errorType", "errorMessage") if name in answer]):
        return ": ".join(texts)
    return str(context["condition"]) if _is_map(context) and "condition" in context else _UNSAID


def _is_map(value: Any) -> TypeIs[dict[str, Any]]:
    return isinstance(value, dict)
