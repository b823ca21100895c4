"""What every operation needs: paths that cannot be escaped from, answers as models, writes without an answer."""

import logging
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from autobook.adapters.http_client import (
    ApiCall,
    Connection,
    NoAnswer,
    Repeat,
    Undecodable,
    decode,
    unanswered,
    unreadable,
)
from autobook.adapters.kanbert.api import KanbertCall
from autobook.adapters.kanbert.requests import Write
from autobook.domain.documents import VALID_ID, Unreadable
from autobook.domain.errors import GiveUp, Refused

logger = logging.getLogger("autobook.kanbert")

_MOST_FAULTS: Final = 5
"""Fields that a reason names."""


def path_of(*parts: str) -> str:
    """`/incoming-invoices/Ab3…`: every part quoted, so that an id cannot lead elsewhere. GiveUp for an empty one."""
    for part in parts:
        if part.strip(".") == "":
            raise GiveUp(f"{part!r} is not a Kanbert id")
    return "".join(f"/{quote(part, safe='')}" for part in parts)


type Reader[M] = Callable[[Any], M | Unreadable]
"""Makes the model of a decoded answer, or says why it cannot."""


def reader[M: BaseModel](model: type[M]) -> Reader[M]:
    """Of an object with an id. What it cannot hold and nobody needs is left out, and logged."""

    def read(data: Any) -> M | Unreadable:
        if isinstance(data, Undecodable):
            return Unreadable(_id_of(data.id), data.reason)
        context: dict[str, list[str]] = {}
        identifier = _id_of(data.get("id")) if isinstance(data, dict) else None
        try:
            found = model.model_validate(data, context=context)
        except ValidationError as error:
            which = f"{model.__name__} {identifier or 'without an id'}"
            return Unreadable(identifier, f"{which} is unreadable: {_faults(error)}", data)
        if context:
            fields = ", ".join(sorted(set(context["unread"]))[:_MOST_FAULTS])
            logger.warning("unreadable fields left empty", extra={"document_id": identifier, "fields": fields})
        return found

    return read


def _faults(error: ValidationError) -> str:
    """`bookings.0.value: expected a number …; sum_net: …`."""
    faults = error.errors(include_url=False, include_input=False)[:_MOST_FAULTS]
    return "; ".join(
        f"{'.'.join(map(str, each['loc'])) or 'all of it'}: {each['msg'].removeprefix('Value error, ')}"
        for each in faults
    )


def _id_of(value: object) -> str | None:
    """Kanbert's id; None for what cannot be one."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if VALID_ID.fullmatch(text) else None


def validated[W: Write](model: type[W], fields: object) -> W:
    """The write model of plain fields. Refused, saying why and which, where the reference does not allow them."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        faults = [(".".join(map(str, each["loc"])), each["msg"]) for each in error.errors()]
        reason = "; ".join(f"{where or model.__name__}: {message}" for where, message in faults[:_MOST_FAULTS])
        named = {where.partition(".")[0]: message for where, message in reversed(faults) if where}
        raise Refused(f"Kanbert would refuse this {model.__name__}: {reason}", named) from None


class Calls:
    """Base of the groups of operations: reads and writes over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _read[M: BaseModel](self, model: type[M], request: ApiCall, identifier: str | None = None) -> M:
        """The object; where one was asked for by its id, no other one is taken for it."""
        data = _unwrapped(self._connection.json(request), identifier)
        found = reader(model)(data)
        if isinstance(found, Unreadable):
            raise unreadable(request.failure(200, found.reason), found.source)
        if identifier is not None and _is_another(found, identifier):
            reason = f"{model.__name__} {identifier} is unreadable: id: the answer is about {_id_of(data.get('id'))}"
            raise unreadable(request.failure(200, reason), data)
        return found

    def _write[M: BaseModel](self, model: type[M], request: ApiCall) -> M:
        """Sent once. Unanswered where it may have been carried out: the caller reads before it writes again."""
        try:
            return self._read(model, request)
        except NoAnswer as no_answer:
            raise unanswered(no_answer.failure, after=no_answer.after) from None

    def _patch[M: BaseModel](self, model: type[M], path: str, write: Write, identifier: str) -> M | None:
        """Write these fields. None where the answer does not show all of them: they are written all the same.

        What a PATCH answers is not documented: the whole object, a part, nothing (204), wrapped, HTML.
        """
        fields = write.wire()
        if not fields:
            raise GiveUp(f"nothing to write to {path}")
        try:
            answer = self._connection.send(KanbertCall("PATCH", path, json=fields, repeat=Repeat.NEVER))
        except NoAnswer as no_answer:
            raise unanswered(no_answer.failure, after=no_answer.after) from None
        try:
            data = _unwrapped(decode(answer.body))
        except ValueError:
            return None
        if not isinstance(data, dict) or not write.shown_as() <= data.keys():
            return None
        found = reader(model)(data)
        return None if isinstance(found, Unreadable) or _is_another(found, identifier) else found


def _is_another(found: BaseModel, identifier: str) -> bool:
    """True for an answer about something else than what was asked for."""
    return getattr(found, "id", identifier) != identifier


def _unwrapped(data: Any, identifier: str | None = None) -> Any:
    """The object itself, where the answer wraps it in `data` or in a list of one; by any name, if it has this id."""
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    if not isinstance(data, dict) or "id" in data:
        return data
    inner = data.get("data")
    if isinstance(inner, dict | list):
        return _unwrapped(inner, identifier)
    named = (each for each in data.values() if isinstance(each, dict) and _id_of(each.get("id")) == identifier)
    return next(named, data) if identifier is not None else data
