"""The seven operations on incoming invoices, and one by analogy (docs/kanbert-api.md, Incoming invoices)."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from autobook.adapters.http_client import ApiCall, Connection, NoAnswer, Repeat, unanswered
from autobook.adapters.kanbert.api import KanbertCall
from autobook.adapters.kanbert.calls import Calls, path_of, reader, validated
from autobook.adapters.kanbert.download import MAX_DOWNLOAD, download_where_offered
from autobook.adapters.kanbert.pages import Names, items, query
from autobook.adapters.kanbert.requests import (
    BookingUpdate,
    DuplicateQuestion,
    IncomingInvoiceUpdate,
    IncomingInvoiceUpload,
)
from autobook.adapters.kanbert.upload import HashedFile, UploadFile, form_fields
from autobook.domain.documents import Unreadable
from autobook.domain.errors import GiveUp
from autobook.domain.kanbert import Booking, DuplicateCheck, IncomingInvoice

_ROOT = "incoming-invoices"
_CLOCKS_DIFFER: Final = timedelta(minutes=2)
"""By how much Kanbert's clock may be behind ours."""


class IncomingOperations(Calls):
    """Scope `incoming-invoice:read`, and `:write` to upload and update."""

    def __init__(self, connection: Connection, *, incoming_pdf: bool) -> None:
        super().__init__(connection)
        self._incoming_pdf = incoming_pdf

    def list_incoming_invoices(
        self,
        *,
        filter: str | None = None,  # noqa: A002 - the API's name
        sort: Names | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
        on_page: Callable[[str | None], None] | None = None,
    ) -> Iterator[IncomingInvoice | Unreadable]:
        """Lazily, page after page (30 each unless `page_size` says otherwise); see `pages.items`."""
        params = query(filter=filter, sort=sort, page_size=page_size)
        return items(self._connection, path_of(_ROOT), params, reader(IncomingInvoice), cursor, on_page)

    def get_incoming_invoice(self, invoice_id: str) -> IncomingInvoice:
        """The present state. NotFound when there is none; UnreadableDocument for an answer about another one."""
        return self._read(IncomingInvoice, KanbertCall("GET", path_of(_ROOT, invoice_id)), invoice_id)

    def update_incoming_invoice(self, invoice_id: str, update: IncomingInvoiceUpdate) -> IncomingInvoice | None:
        """Write the fields that are set; None where the answer does not show them. Sent once, never repeated."""
        return self._patch(IncomingInvoice, path_of(_ROOT, invoice_id), update, invoice_id)

    def patch_incoming_invoice(self, invoice_id: str, fields: Mapping[str, object]) -> IncomingInvoice | None:
        """The same with plain fields. GiveUp for what the reference does not allow."""
        return self.update_incoming_invoice(invoice_id, validated(IncomingInvoiceUpdate, dict(fields)))

    def update_booking(self, invoice_id: str, booking_id: str, update: BookingUpdate) -> Booking | None:
        """Write the fields that are set; None as above. Needs the scope `chart-of-accounts:write` too."""
        return self._patch(Booking, path_of(_ROOT, invoice_id, "bookings", booking_id), update, booking_id)

    def patch_booking(self, invoice_id: str, booking_id: str, fields: Mapping[str, object]) -> Booking | None:
        """The same with plain fields. GiveUp for what the reference does not allow."""
        return self.update_booking(invoice_id, booking_id, validated(BookingUpdate, dict(fields)))

    def delete_booking(self, invoice_id: str, booking_id: str) -> None:
        """Sent once. NotFound when it was not there; Unanswered when it may be deleted or not."""
        request = KanbertCall("DELETE", path_of(_ROOT, invoice_id, "bookings", booking_id), repeat=Repeat.NEVER)
        try:
            self._connection.send(request)
        except NoAnswer as no_answer:
            raise unanswered(no_answer.failure, after=no_answer.after) from None

    def check_duplicate(self, file: UploadFile | str) -> DuplicateCheck:
        """Whether Kanbert has this very file: by its MD5 (hexadecimal), or by sending it."""
        path = path_of(_ROOT, "check-duplicate")
        if isinstance(file, str):
            question = validated(DuplicateQuestion, {"hash": file})
            # A file part makes httpx send multipart, the only media type that is documented.
            return self._read(DuplicateCheck, KanbertCall("POST", path, files={"hash": (None, question.hash)}))
        file.check()
        part = (file.name, HashedFile(file), file.media_type)
        return self._read(DuplicateCheck, KanbertCall("POST", path, files={"file": part}))

    def upload_incoming_invoice(self, fields: IncomingInvoiceUpload, file: UploadFile | None = None) -> IncomingInvoice:
        """Create a document. One that got no answer is looked for by its MD5, not sent again blindly.

        RetryLater where it could not be found: ask `check_duplicate` before the next attempt.
        """
        if file is None:
            return self._write(IncomingInvoice, self._upload(fields, None))
        file.check()
        sent = HashedFile(file)
        request = self._upload(fields, (file.name, sent, file.media_type))
        began = self._connection.now()
        try:
            return self._read(IncomingInvoice, request)
        except NoAnswer as no_answer:
            if not sent.complete:
                raise unanswered(no_answer.failure, after=no_answer.after) from None
            return self._find_uploaded(sent.md5, began, no_answer)

    @staticmethod
    def _upload(fields: IncomingInvoiceUpload, part: object) -> ApiCall:
        form = form_fields(fields.wire())
        # Without a file every field goes as a part of its own: the operation takes multipart only.
        files = {"file": part} if part is not None else {name: (None, value) for name, value in form.items()}
        if not files:
            raise GiveUp("an upload with neither a file nor a field")
        return KanbertCall(
            "POST", path_of(_ROOT), form=form if part is not None else None, files=files, repeat=Repeat.NEVER
        )

    def _find_uploaded(self, md5: str, began: datetime, no_answer: NoAnswer) -> IncomingInvoice:
        """The document that arrived after all. One from long before is an earlier upload of the same file."""
        found = self.check_duplicate(md5).duplicates
        documents = [self.get_incoming_invoice(each.id) for each in found]
        arrived = [document for document in documents if _created(document) >= began - _CLOCKS_DIFFER]
        if not arrived:
            raise unanswered(no_answer.failure, after=no_answer.after)
        return max(arrived, key=_created)

    def incoming_invoice_pdf(self, invoice_id: str) -> bytes | None:
        """The file as it is; None where Kanbert does not offer it, or nobody switched it on. NotFound (404) may pass.

        Not documented: the path is that of outgoing invoices by analogy (docs/kanbert-api.md, Incoming invoices).
        """
        if not self._incoming_pdf:
            return None
        request = KanbertCall("GET", path_of(_ROOT, invoice_id, "pdf"), max_bytes=MAX_DOWNLOAD)
        return download_where_offered(self._connection, request)


def _created(invoice: IncomingInvoice) -> datetime:
    """When it came; one that does not say was there for ever."""
    return invoice.created_at or datetime.min.replace(tzinfo=UTC)
