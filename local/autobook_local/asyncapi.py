"""The AsyncAPI 3 document of the topic of events: what can be received, and as what."""

from collections.abc import Mapping
from typing import Any, Final

from autobook.domain.event_types import VERSION, EventType, published_name

_ABOUT: Final = (
    "What Autobook does with the invoices in Kanbert, as CloudEvents 1.0 in structured JSON on an SNS FIFO topic. One "
    "group per document keeps its events in order; each is delivered at least once, and the same fact has the same id "
    "for ever. How to subscribe, filter, replay and dead-letter: docs/consumers.md."
)


def asyncapi(schemas: Mapping[EventType, Mapping[str, Any]]) -> dict[str, Any]:
    """The document; `schemas` are the JSON Schemas of whole events."""
    names = {type_: _message_name(type_) for type_ in schemas}
    components: dict[str, Any] = {}
    for type_, schema in schemas.items():
        components |= _components(names[type_], schema)
    return {
        "asyncapi": "3.0.0",
        "id": "urn:autobook:events",
        "info": {"title": "Autobook: events", "version": f"{VERSION}.0.0", "description": _ABOUT},
        "defaultContentType": "application/cloudevents+json",
        "channels": {
            "events": {
                "address": "{stack}-events.fifo",
                "title": "The events topic",
                "description": "Its ARN is the stack's output EventsTopicArn.",
                "parameters": {"stack": {"description": "Name of the stack.", "default": "autobook"}},
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names.values()},
                "bindings": {
                    "sns": {
                        "name": "{stack}-events.fifo",
                        "ordering": {"type": "FIFO", "contentBasedDeduplication": False},
                    }
                },
            }
        },
        "operations": {
            "publishEvent": {
                "action": "send",
                "channel": {"$ref": "#/channels/events"},
                "title": "Announce a fact about a document",
                "messages": [{"$ref": f"#/channels/events/messages/{name}"} for name in names.values()],
            }
        },
        "components": {
            "messages": {
                names[type_]: {
                    "name": published_name(type_),
                    "title": published_name(type_),
                    "summary": schema["$defs"]["data"].get("description", "").split("\n")[0],
                    "contentType": "application/cloudevents+json",
                    "payload": {"$ref": f"#/components/schemas/{names[type_]}"},
                }
                for type_, schema in schemas.items()
            },
            "schemas": dict(sorted(components.items())),
        },
    }


def _message_name(type_: EventType) -> str:
    """`InvoiceNeedsReview` of `invoice.needs_review`."""
    return type_.replace(".", "_").title().replace("_", "")


def _components(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The event, its data, and what that is made of: one component each, by names that all types share."""
    data = schema["$defs"]["data"]
    event = {key: value for key, value in schema.items() if not key.startswith("$")}
    event["properties"] = event["properties"] | {"data": {"$ref": f"#/$defs/{name}Data"}}
    parts = {name: event, f"{name}Data": {key: value for key, value in data.items() if not key.startswith("$")}}
    return {key: _rewritten(value) for key, value in (parts | data.get("$defs", {})).items()}


def _rewritten(schema: Any) -> Any:
    """References as AsyncAPI has them."""
    if isinstance(schema, dict):
        return {
            key: value.replace("#/$defs/", "#/components/schemas/") if key == "$ref" else _rewritten(value)
            for key, value in schema.items()
        }
    return [_rewritten(each) for each in schema] if isinstance(schema, list) else schema
