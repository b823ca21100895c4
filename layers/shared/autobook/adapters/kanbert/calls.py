"""What every operation needs: paths that cannot be escaped from, answers as models, writes without an answer."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from autobook.adapters.kanbert.connection import Connection
from autobook.adapters.kanbert.errors import error_for, gives_up
from autobook.adapters.kanbert.exchange import ApiCall, NoAnswer, Repeat
from autobook.adapters.kanbert.requests import Write
from autobook.domain.errors import GiveUp, Refused


def path_of(*parts: str) -> str:
    """`/incoming-invoices/Ab3…`: every part quoted, so that an id cannot lead elsewhere. GiveUp for an empty one."""
    for part in parts:
        if part.strip(".") == "":
            raise GiveUp(f"{part!r} is not a Kanbert id")
    return "".join(f"/{quote(part, safe='')}" for part in parts)


def reader[M: BaseModel](model: type[M]) -> Callable[[ApiCall, Any], M]:
    """Makes the model of an answer. GiveUp, naming the fields, where the answer does not fit it."""

    def read(request: ApiCall, data: Any) -> M:
        try:
            return model.model_validate(data)
        except ValidationError as error:
            fields = ", ".join(".".join(map(str, each["loc"])) or "(all)" for each in error.errors()[:5])
            message = f"unexpected {model.__name__} response: invalid fields {fields}"
            raise gives_up(request.failure(200, message)) from None

    return read


def validated[W: Write](model: type[W], fields: object) -> W:
    """The write model of plain fields. Refused, saying why, where the reference does not allow them."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or model.__name__}: {e['msg']}" for e in error.errors()[:5])
        raise Refused(f"Kanbert would refuse this {model.__name__}: {faults}") from None


class Calls:
    """Base of the groups of operations: reads and writes over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _read[M: BaseModel](self, model: type[M], request: ApiCall) -> M:
        return reader(model)(request, self._connection.json(request))

    def _write[M: BaseModel](self, model: type[M], request: ApiCall) -> M:
        """Sent once. Without an answer the outcome is unknown: the caller reads the document before it writes again."""
        try:
            return self._read(model, request)
        except NoAnswer as no_answer:
            raise error_for(no_answer.failure) from None

    def _patch[M: BaseModel](self, model: type[M], path: str, write: Write) -> M:
        fields = write.wire()
        if not fields:
            raise GiveUp(f"nothing to write to {path}")
        return self._write(model, ApiCall("PATCH", path, json=fields, repeat=Repeat.UNSENT))
