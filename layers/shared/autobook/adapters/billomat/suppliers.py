"""Finding suppliers (docs/billomat-api.md, Suppliers)."""

from collections.abc import Iterator

from autobook.adapters.billomat.api import BillomatCall
from autobook.adapters.billomat.calls import BillomatCalls, path_of
from autobook.adapters.billomat.pages import MAX_XML, items
from autobook.adapters.billomat.requests import SupplierFilter
from autobook.domain.billomat import BillomatSupplier
from autobook.domain.documents import Unreadable

_SUPPLIERS = "suppliers"
_ALL = SupplierFilter()


class BillomatSuppliers(BillomatCalls):
    """Suppliers, read only: whoever keeps them does so in Billomat."""

    def list_suppliers(
        self, which: SupplierFilter = _ALL, *, per_page: int | None = None, page: int = 1
    ) -> Iterator[BillomatSupplier | Unreadable]:
        """Lazily, page after page; see `pages.items`."""
        return items(
            self._root,
            path_of(_SUPPLIERS),
            (_SUPPLIERS, "supplier"),
            which.params(),
            BillomatSupplier,
            per_page=per_page,
            page=page,
        )

    def find_suppliers(self, name: str) -> Iterator[BillomatSupplier | Unreadable]:
        """Those whose name contains this, in upper or lower case."""
        return self.list_suppliers(SupplierFilter(name=name))

    def get_supplier(self, supplier_id: int) -> BillomatSupplier:
        """NotFound when there is none."""
        request = BillomatCall("GET", path_of(_SUPPLIERS, supplier_id), max_bytes=MAX_XML)
        return self._get(BillomatSupplier, request, "supplier")
