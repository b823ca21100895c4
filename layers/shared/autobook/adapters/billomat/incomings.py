"""The operations on incomings (docs/billomat-api.md, Incomings)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from autobook.adapters.billomat.api import BillomatCall
from autobook.adapters.billomat.calls import BillomatCalls, checked, path_of
from autobook.adapters.billomat.pages import MAX_XML, items
from autobook.adapters.billomat.records import plain, read
from autobook.adapters.billomat.requests import (
    IncomingCreate,
    IncomingFilter,
    IncomingTagCreate,
    IncomingUpdate,
    query_of,
)
from autobook.adapters.http_client import file_unavailable, gives_up, unreadable
from autobook.domain.billomat import GroupKey, Incoming, IncomingGroup, IncomingGroups, IncomingPdf, IncomingTag
from autobook.domain.documents import Unreadable
from autobook.domain.errors import FileUnavailable, GiveUp, NotFound

_INCOMINGS = "incomings"
_TAGS = "incoming-tags"
MAX_PDF: Final = 50 * 1024 * 1024
"""Bytes of a file that is opened directly; in its XML form a file may have three quarters of that."""
_PLAIN: Final = re.compile(r"[!-+\--~]+")
"""Characters of a number that no form changes but for their case."""
_MAY_CHANGE: Final = re.compile(r"[^ -~]|  ")
_ALL: Final = IncomingFilter()


class BillomatIncomings(BillomatCalls):
    """Incomings, their files and their tags."""

    def list_incomings(
        self,
        which: IncomingFilter = _ALL,
        *,
        order_by: Sequence[str] = (),
        per_page: int | None = None,
        page: int = 1,
    ) -> Iterator[Incoming | Unreadable]:
        """Lazily, page after page (100 each unless `per_page` says otherwise); see `pages.items`.

        `order_by`: a field's name with ` ASC` or ` DESC`, several of them.
        """
        params = (*which.params(), *query_of({"order_by": tuple(order_by)}))
        return items(
            self._root, path_of(_INCOMINGS), (_INCOMINGS, "incoming"), params, Incoming, per_page=per_page, page=page
        )

    def group_incomings(self, by: Sequence[GroupKey], which: IncomingFilter = _ALL) -> IncomingGroups:
        """Sums by these keys, in this order. GiveUp without a key, or with one that comes twice."""
        if not by or len(set(by)) != len(by):
            raise GiveUp("incomings are grouped by one or several different keys")
        params = (*which.params(), *query_of({"group_by": tuple(by)}))
        request = BillomatCall("GET", path_of(_INCOMINGS), params, max_bytes=MAX_XML)
        root = self._root(request)
        if root.name != "incoming-groups":
            raise gives_up(request.failure(200, f"unexpected answer: <{root.name[:40]}> instead of <incoming-groups>"))
        groups = []
        for element in root.named("incoming-group"):
            group = read(IncomingGroup, element)
            if isinstance(group, Unreadable):
                raise unreadable(request.failure(200, group.reason), group.source)
            groups.append(group)
        return IncomingGroups(currency_code=root.attributes.get("currency_code"), groups=tuple(groups))

    def get_incoming(self, incoming_id: int) -> Incoming:
        """The present state. NotFound when there is none."""
        request = BillomatCall("GET", path_of(_INCOMINGS, incoming_id), max_bytes=MAX_XML)
        return self._get(Incoming, request, "incoming")

    def create_incoming(self, create: IncomingCreate) -> Incoming | None:
        """Create one; None where the answer does not show it. Sent once.

        Unanswered where it may be there all the same. List it before the next attempt.
        """
        return self._send("POST", path_of(_INCOMINGS), "incoming", create, Incoming)

    def edit_incoming(self, incoming_id: int, update: IncomingUpdate) -> Incoming | None:
        """Write the fields that are set; None where the answer does not show it. Sent once."""
        return self._send("PUT", path_of(_INCOMINGS, incoming_id), "incoming", update, Incoming)

    def find_incomings(self, supplier_id: int, number: str) -> Iterator[Incoming | Unreadable]:
        """Those of a supplier with this number, and perhaps others: what `incoming_number` compares is not certain.

        A number whose blanks or letters may be kept in another form is looked for by its longest plain part as well;
        an incoming may come twice then.
        """
        parts = dict.fromkeys((number, *sorted(_PLAIN.findall(number), key=len)[-1:]))
        for part in parts if _MAY_CHANGE.search(number) else (number,):
            yield from self.list_incomings(IncomingFilter(supplier_id=supplier_id, incoming_number=part))

    def post_incoming(self, fields: Mapping[str, object]) -> Incoming | None:
        """`create_incoming` of plain fields. Refused for what the reference does not allow."""
        return self.create_incoming(checked(IncomingCreate, dict(fields)))

    def put_incoming(self, incoming_id: int, fields: Mapping[str, object]) -> Incoming | None:
        """`edit_incoming` with plain fields. Refused for what the reference does not allow."""
        return self.edit_incoming(incoming_id, checked(IncomingUpdate, dict(fields)))

    def delete_incoming(self, incoming_id: int) -> None:
        """With all its files and comments. NotFound when it was not there."""
        self._delete(path_of(_INCOMINGS, incoming_id))

    def incoming_pdf(self, incoming_id: int) -> IncomingPdf:
        """The file, in its XML form. NotFound when there is no incoming, or none with a file."""
        request = BillomatCall("GET", path_of(_INCOMINGS, incoming_id, "pdf"), max_bytes=MAX_PDF)
        root = self._root(request)
        found = read(IncomingPdf, root)
        if isinstance(found, Unreadable):
            # Not as the source of the error: it would hold the file, as far as it came.
            raise unreadable(request.failure(200, found.reason), sorted(plain(root)))
        return found

    def incoming_pdf_file(self, incoming_id: int) -> bytes:
        """The file, opened directly (`format=pdf`). FileUnavailable where a page or a document came instead."""
        request = BillomatCall("GET", path_of(_INCOMINGS, incoming_id, "pdf"), (("format", "pdf"),), max_bytes=MAX_PDF)
        answer = self._connection.send(request)
        if not answer.body or answer.body.lstrip()[:1] in (b"<", b"{"):
            kind = answer.media_type or "text"
            raise file_unavailable(request.failure(answer.status, f"expected a file, got {kind}"))
        return answer.body

    def incoming_file(self, incoming_id: int) -> bytes | None:
        """The file in whichever form it can be had; None where there is none, or none that can be read."""
        try:
            return self.incoming_pdf_file(incoming_id)
        except NotFound:
            return None
        except FileUnavailable:
            try:
                return self.incoming_pdf(incoming_id).base64file
            except GiveUp:
                return None

    def list_incoming_tags(self, incoming_id: int) -> Iterator[IncomingTag | Unreadable]:
        """The tags of one incoming. By analogy with the tags of clients: no page of the reference lists it."""
        params = query_of({"incoming_id": incoming_id})
        return items(self._root, path_of(_TAGS), (_TAGS, "incoming-tag"), params, IncomingTag)

    def tag_incoming(self, create: IncomingTagCreate) -> IncomingTag | None:
        """Put a tag on an incoming, by the same analogy. Sent once."""
        return self._send("POST", path_of(_TAGS), "incoming-tag", create, IncomingTag)

    def post_incoming_tag(self, incoming_id: int, name: str) -> IncomingTag | None:
        """`tag_incoming` of plain fields."""
        return self.tag_incoming(checked(IncomingTagCreate, {"incoming_id": incoming_id, "name": name}))
