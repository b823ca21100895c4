"""Refusals, in Laravel's shapes: `{message}`, and `{message, errors{field: [...]}}` for 422."""

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """Answered with `status` and `body`."""

    def __init__(self, status: int, message: str, errors: Mapping[str, list[str]] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"message": message}
        if errors is not None:
            self.body["errors"] = dict(errors)


def bad_request(message: str) -> Refusal:
    """A filter, sort, include or cursor that is not allowed."""
    return Refusal(400, message)


def not_found(what: str) -> Refusal:
    """No such object."""
    return Refusal(404, f"No query results for {what}.")


def invalid(errors: Mapping[str, list[str]]) -> Refusal:
    """Fields that do not pass validation: the first message, and how many more there are."""
    texts = [each for messages in errors.values() for each in messages]
    more = len(texts) - 1
    counted = f" (and {more} more error{'s' if more > 1 else ''})" if more else ""
    return Refusal(422, f"{texts[0]}{counted}", errors)
