"""Events as the commands' tests publish them."""

from typing import Any

from autobook_cli.events import wire_type


def an_event(identifier: str, type_: str = "invoice.booked", document: str = "A1", **data: Any) -> dict[str, Any]:
    """An event, its data as given."""
    return {
        "specversion": "1.0",
        "id": identifier,
        "source": "urn:autobook:stack:eu-central-1:123456789012:autobook",
        "type": wire_type(type_),
        "subject": f"incoming_invoice/{document}",
        "time": "2026-01-31T10:00:00Z",
        "datacontenttype": "application/json",
        "traceid": "t",
        "data": data,
    }
