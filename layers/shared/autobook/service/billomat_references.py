"""What Kanbert's supplier and accounts are in Billomat: by a mapping, else by what they are called."""

from autobook.domain.billomat import SupplierMapping, account_codes, account_key, supplier_key
from autobook.domain.documents import Unreadable
from autobook.domain.errors import AwaitsMapping, GiveUp
from autobook.domain.kanbert import IncomingInvoice
from autobook.service.export_ports import BillomatDocuments, BillomatMappings


def resolve_references(
    invoice: IncomingInvoice, billomat: BillomatDocuments, mappings: BillomatMappings
) -> tuple[SupplierMapping, dict[str, int]]:
    """The supplier, and the expense account of each code.

    AwaitsMapping names all that is missing at once; GiveUp for an invoice without a supplier.
    """
    missing: dict[str, str] = {}
    supplier: SupplierMapping | None = None
    accounts: dict[str, int] = {}
    try:
        supplier = _supplier(invoice, billomat, mappings)
    except AwaitsMapping as error:
        missing |= dict.fromkeys(error.mappings, str(error))
    for code in account_codes(invoice):
        try:
            accounts[code] = _expense_account(code, mappings)
        except AwaitsMapping as error:
            missing |= dict.fromkeys(error.mappings, str(error))
    if missing or supplier is None:
        raise AwaitsMapping("; ".join(missing.values()), tuple(missing))
    return supplier, accounts


def _supplier(invoice: IncomingInvoice, billomat: BillomatDocuments, mappings: BillomatMappings) -> SupplierMapping:
    """The mapped one, else the only one of that name."""
    known = invoice.supplier
    name = (known.name or "").strip() if known is not None else ""
    identifier = known.id if known is not None else None
    if not identifier and not name:
        raise GiveUp(f"invoice {invoice.id} has no supplier: set it in Kanbert, and it is exported")
    key = supplier_key(identifier or name)
    mapped = mappings.supplier(identifier or name)
    if mapped is not None:
        return mapped
    found = [
        each.id
        for each in (billomat.find_suppliers(name) if name else ())
        if not isinstance(each, Unreadable) and (each.name or "").strip().casefold() == name.casefold()
    ]
    if len(found) == 1:
        return SupplierMapping(supplier_id=found[0])
    several = f"{len(found)} Billomat suppliers are called" if found else "no Billomat supplier for"
    raise AwaitsMapping(f"{several} {name[:200] or 'it'} ({key.replace(':', ' ', 1)}): add a mapping", (key,))


def _expense_account(code: str, mappings: BillomatMappings) -> int:
    """The mapped one, else the code where it is a number."""
    mapped = mappings.expense_account(code)
    if mapped is not None:
        return mapped
    if code.isascii() and code.isdigit() and len(code) <= 12:
        return int(code)
    raise AwaitsMapping(f"no Billomat expense account for account {code}: add a mapping", (account_key(code),))
