"""The seven operations on outgoing invoices and master plans (docs/kanbert-api.md, Outgoing invoices)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from autobook.adapters.http_client import Repeat
from autobook.adapters.kanbert.api import KanbertCall
from autobook.adapters.kanbert.calls import Calls, path_of, reader
from autobook.adapters.kanbert.download import MAX_DOWNLOAD, download
from autobook.adapters.kanbert.pages import Names, items, query
from autobook.adapters.kanbert.requests import OutgoingInvoiceUpload
from autobook.adapters.kanbert.upload import HashedFile, UploadFile, form_fields
from autobook.domain.documents import Unreadable
from autobook.domain.errors import GiveUp
from autobook.domain.kanbert import LineItem, MasterPlan, OutgoingInvoice

type FindBy = Literal["id", "external_id"]
_ROOT = "outgoing-invoices"


def _find_params(find_by: FindBy | None, origin: str | None) -> tuple[tuple[str, str], ...]:
    """`origin` is used with `external_id`; without it Kanbert takes the integration's slug."""
    pairs = (("find_by", find_by), ("origin", origin))
    return tuple((name, value) for name, value in pairs if value is not None)


class OutgoingOperations(Calls):
    """Scope `outgoing-invoice:read`, and `:upload` for the external upload."""

    def list_outgoing_invoices(
        self,
        *,
        filter: str | None = None,  # noqa: A002 - the API's name
        sort: Names | None = None,
        include: Names | None = None,
        computed_fields: Mapping[str, str] | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
        on_page: Callable[[str | None], None] | None = None,
    ) -> Iterator[OutgoingInvoice | Unreadable]:
        """Lazily. `include`: external_costs, line_items, discounts; `computed_fields`: alias to aggregate."""
        params = query(filter=filter, sort=sort, include=include, computed_fields=computed_fields, page_size=page_size)
        return items(self._connection, path_of(_ROOT), params, reader(OutgoingInvoice), cursor, on_page)

    def list_master_plans(
        self,
        *,
        filter: str | None = None,  # noqa: A002 - the API's name
        sort: Names | None = None,
        include: Names | None = None,
        computed_fields: Mapping[str, str] | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
        on_page: Callable[[str | None], None] | None = None,
    ) -> Iterator[MasterPlan | Unreadable]:
        """Plans of partial and recurring invoices, lazily; parameters as in `list_outgoing_invoices`."""
        params = query(filter=filter, sort=sort, include=include, computed_fields=computed_fields, page_size=page_size)
        return items(self._connection, path_of(_ROOT, "master"), params, reader(MasterPlan), cursor, on_page)

    def get_master_plan(self, plan_id: str, *, find_by: FindBy | None = None, origin: str | None = None) -> MasterPlan:
        """The present state. NotFound when there is none."""
        return self._read(
            MasterPlan, KanbertCall("GET", path_of(_ROOT, "master", plan_id), _find_params(find_by, origin))
        )

    def get_outgoing_invoice(
        self, invoice_id: str, *, find_by: FindBy | None = None, origin: str | None = None
    ) -> OutgoingInvoice:
        """The present state. NotFound when there is none; UnreadableDocument for an answer about another one."""
        request = KanbertCall("GET", path_of(_ROOT, invoice_id), _find_params(find_by, origin))
        return self._read(OutgoingInvoice, request, invoice_id if find_by in (None, "id") else None)

    def list_line_items(
        self,
        invoice_id: str,
        *,
        find_by: FindBy | None = None,
        origin: str | None = None,
        filter: str | None = None,  # noqa: A002 - the API's name
        sort: Names | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
        on_page: Callable[[str | None], None] | None = None,
    ) -> Iterator[LineItem | Unreadable]:
        """The line items of an invoice, lazily."""
        params = _find_params(find_by, origin) + query(filter=filter, sort=sort, page_size=page_size)
        path = path_of(_ROOT, invoice_id, "line-items")
        return items(self._connection, path, params, reader(LineItem), cursor, on_page)

    def upload_outgoing_invoice(self, fields: OutgoingInvoiceUpload, file: UploadFile | None = None) -> OutgoingInvoice:
        """Add an invoice that was not made in Kanbert. It refuses a number that exists, so asking again is safe."""
        if (file is None) == (fields.file_url is None):
            raise GiveUp("an external invoice needs either a file or a file_url")
        form = form_fields(fields.wire())
        if file is None:
            parts: dict[str, object] = {name: (None, value) for name, value in form.items()}
            request = KanbertCall("POST", path_of(_ROOT, "external"), files=parts, repeat=Repeat.NEVER)
            return self._write(OutgoingInvoice, request)
        file.check()
        if file.media_type != "application/pdf":
            raise GiveUp(f"{file.name} is {file.media_type}; an outgoing invoice is a PDF")
        part = {"file": (file.name, HashedFile(file), file.media_type)}
        request = KanbertCall("POST", path_of(_ROOT, "external"), form=form, files=part, repeat=Repeat.NEVER)
        return self._write(OutgoingInvoice, request)

    def outgoing_invoice_pdf(
        self, invoice_id: str, *, find_by: FindBy | None = None, origin: str | None = None
    ) -> bytes:
        """The file as it is, at most 50 MiB. NotFound when there is none; see `download`."""
        path = path_of(_ROOT, invoice_id, "pdf")
        request = KanbertCall("GET", path, _find_params(find_by, origin), max_bytes=MAX_DOWNLOAD)
        return download(self._connection, request)
