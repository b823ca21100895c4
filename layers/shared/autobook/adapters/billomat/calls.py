"""What every operation needs: paths, answers as models, writes that are sent once."""

from pydantic import BaseModel, ValidationError

from autobook.adapters.billomat.api import MEDIA_TYPE, BillomatCall, message_of
from autobook.adapters.billomat.pages import MAX_XML
from autobook.adapters.billomat.records import read
from autobook.adapters.billomat.requests import BillomatWrite
from autobook.adapters.billomat.xml import Element, document, parse
from autobook.adapters.http_client import (
    ApiCall,
    ApiRefused,
    Connection,
    NoAnswer,
    Repeat,
    gives_up,
    unanswered,
    unreadable,
)
from autobook.domain.documents import Unreadable
from autobook.domain.errors import GiveUp, NotFound, Refused


def path_of(resource: str, record_id: int | None = None, part: str = "") -> str:
    """`/incomings/1/pdf`. GiveUp for what is no id."""
    if record_id is None:
        return f"/{resource}"
    if isinstance(record_id, bool) or record_id <= 0:
        raise GiveUp(f"{record_id!r} is not a Billomat id")
    return f"/{resource}/{record_id}{f'/{part}' if part else ''}"


def checked[W: BillomatWrite](model: type[W], fields: object) -> W:
    """The write model of plain fields. Refused, saying why, where the reference does not allow them."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or model.__name__}: {e['msg']}" for e in error.errors()[:5])
        raise Refused(f"Billomat would refuse this {model.__name__}: {faults}") from None


class BillomatCalls:
    """Base of the groups of operations: reads and writes over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _root(self, request: ApiCall) -> Element:
        """The root element of an answer. Refused where it is an error document under a status of success."""
        root = self._connection.decoded(request, parse)
        if root is None:
            raise gives_up(request.failure(204, "no content where a document is expected"))
        if _is_error(root):
            raise _refused(request, root)
        return root

    def _get[M: BaseModel](self, model: type[M], request: ApiCall, name: str) -> M:
        """One record, in an element of this name, or in a list of one."""
        found = read(model, _record(self._root(request), name))
        if isinstance(found, Unreadable):
            raise unreadable(request.failure(200, found.reason), found.source)
        return found

    def _send[M: BaseModel](self, method: str, path: str, name: str, write: BillomatWrite, model: type[M]) -> M | None:
        """Write these fields, once. None where the answer does not show the record: it is written all the same.

        Unanswered where it may have been carried out: whoever writes again looks first.
        """
        fields = write.wire()
        if not fields:
            raise GiveUp(f"nothing to write to {path}")
        request = BillomatCall(
            method,
            path,
            content=document(name, fields),
            content_type=f"{MEDIA_TYPE}; charset=utf-8",
            repeat=Repeat.NEVER,
            max_bytes=MAX_XML,
        )
        try:
            answer = self._connection.send(request)
        except NoAnswer as no_answer:
            raise unanswered(no_answer.failure, after=no_answer.after) from None
        try:
            root = parse(answer.body)
        except ValueError:
            return None
        if _is_error(root):
            raise _refused(request, root)
        found = read(model, _record(root, name))
        return None if isinstance(found, Unreadable) else found

    def _delete(self, path: str) -> None:
        """NotFound when it was not there; not when an earlier attempt without an answer removed it."""
        request = BillomatCall("DELETE", path, repeat=Repeat.NEVER)
        may_be_gone = False
        while True:
            try:
                answer = self._connection.send(request)
            except NoAnswer as no_answer:
                if may_be_gone:
                    raise unanswered(no_answer.failure, after=no_answer.after) from None
                may_be_gone = True
            except NotFound:
                if not may_be_gone:
                    raise
                return
            else:
                self._check_deleted(request, answer.body)
                return

    @staticmethod
    def _check_deleted(request: ApiCall, body: bytes) -> None:
        try:
            root = parse(body)
        except ValueError:
            return
        if _is_error(root):
            raise _refused(request, root)


def _record(root: Element, name: str) -> Element:
    """The record itself, where the answer wraps it in a list of one."""
    inner = list(root.named(name))
    return inner[0] if root.name != name and len(inner) == 1 else root


def _is_error(root: Element) -> bool:
    return root.name in ("errors", "error")


def _refused(request: ApiCall, root: Element) -> ApiRefused:
    failure = request.failure(200, message_of(root))
    error = ApiRefused(str(failure))
    error.failure = failure
    return error
