"""The event `rule.changed`: a rule was saved or deleted, is broken now, or sound again."""

from datetime import datetime

from autobook.domain.canonical import canonical_json, sha256
from autobook.domain.event_data import RuleChanged
from autobook.domain.event_types import data_schema
from autobook.domain.events import Event
from autobook.domain.rule_history import history_name


def rule_changed(data: RuleChanged, cause: str, now: datetime, trace_id: str, source: str) -> Event:
    """The event. Its id is derived from what it says and its `cause`: a save, or the verdict before.

    `source` names the stack.
    """
    dumped = data.model_dump(mode="json", exclude_defaults=True)
    return Event(
        id=sha256(canonical_json(["rule.changed", cause, dumped])),
        source=source,
        type="rule.changed",
        subject=f"rule/{history_name(data.rule_id)}",
        time=now,
        dataschema=data_schema("rule.changed"),
        traceid=trace_id,
        data=dumped,
    )
