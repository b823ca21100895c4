"""What the demonstration shows and checks of Billomat and Hypatos."""

from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from autobook.domain.documents import Document, DocumentKind
from autobook.domain.kanbert import IncomingInvoice
from autobook_local.demo.consumers import Exports, export_faults, exports_table
from autobook_local.demo.story import Story
from tests.fake_kanbert import booking, incoming


def story(identifier: str, *codes: str | None) -> Story:
    """An invoice with a line on each account."""
    lines = [
        booking(
            f"b{number}",
            chart_of_account_id=f"acc-{code}" if code else None,
            chart_of_account={"id": f"acc-{code}", "code": code} if code else None,
        )
        for number, code in enumerate(codes)
    ]
    made = Story(
        Document(DocumentKind.INCOMING_INVOICE, identifier), f"a-rather-long-name-{identifier}.pdf", b"%PDF-1.7"
    )
    made.invoice = IncomingInvoice.model_validate(incoming(identifier, bookings=lines))
    return made


def billomat(identifier: str, account: int, gross: str, file: int = 8) -> dict[str, Any]:
    """As the simulator shows it."""
    return {"number": f"R-{identifier}", "expense_account_number": account, "total_gross": gross, "file": file}


def hypatos(identifier: str, gross: str, *codes: str) -> dict[str, Any]:
    """As the simulator shows it."""
    lines = [{"accountAssignments": [{"glAccountCode": code}]} for code in codes]
    return {"externalId": f"kanbert-{identifier}", "totalGrossAmount": gross, "invoiceLines": lines}


STORIES = [story("one", "7380"), story("two", "7380", "7390"), story("open", "7380", None)]
RIGHT = Exports(
    [billomat("one", 7380, "120.00"), billomat("two", 7380, "72.00"), billomat("two", 7390, "48.00")],
    [hypatos("one", "120.00", "7380"), hypatos("two", "120.00", "7380", "7390")],
)


def test_all_is_right() -> None:
    """Each booked invoice once, on its accounts, with its sum and file; one that is not booked is nowhere."""
    assert list(export_faults(STORIES, RIGHT)) == []
    assert list(export_faults(STORIES, Exports(None, None))) == []


@pytest.mark.parametrize(
    ("exports", "fault"),
    [
        (Exports([*(RIGHT.billomat or ()), billomat("two", 7390, "48.00")], None), "2 times instead of 1 in Billomat"),
        (Exports((RIGHT.billomat or [])[1:], None), "0 times instead of 1 in Billomat"),
        (Exports([*(RIGHT.billomat or ()), billomat("open", 7380, "1")], None), "1 times instead of 0 in Billomat"),
        (Exports([billomat("one", 7381, "120"), *(RIGHT.billomat or ())[1:]], None), "booked on 7381 in Billomat"),
        (Exports([billomat("one", 7380, "119.99"), *(RIGHT.billomat or ())[1:]], None), "119.99 instead of 120.00"),
        (Exports([billomat("one", 7380, "120", 0), *(RIGHT.billomat or ())[1:]], None), "without its file in Billomat"),
        (Exports(None, [*(RIGHT.hypatos or ()), hypatos("one", "120", "7380")]), "2 times instead of 1 in Hypatos"),
        (Exports(None, (RIGHT.hypatos or [])[1:]), "0 times instead of 1 in Hypatos"),
        (Exports(None, [hypatos("one", "120", "7390"), *(RIGHT.hypatos or ())[1:]]), "booked on 7390 in Hypatos"),
    ],
)
def test_what_is_wrong(exports: Exports, fault: str) -> None:
    """It is said, with the invoice's name."""
    (found,) = export_faults(STORIES, exports)
    assert fault in found
    assert found.startswith("a-rather-long-name-")


@pytest.mark.parametrize("exports", [RIGHT, Exports(RIGHT.billomat, None), Exports(None, RIGHT.hypatos)])
def test_the_table_fits(exports: Exports) -> None:
    """It is 80 columns wide and cuts nothing off."""
    out = StringIO()
    many = [story(f"with-a-long-identifier-{number}", "7380") for number in range(3)]
    Console(file=out, width=80).print(exports_table([*STORIES, *many], exports))
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert "…" not in out.getvalue()
    text = out.getvalue()
    assert ("72.00" in text, "missing" in text, "open" in text) == (False, True, False)
    assert "120.00 on 7380" in text.replace("\n", " ")


def test_sums_of_credits() -> None:
    """A credit note is negative in Billomat, whichever sign it has in Kanbert."""
    credit = story("one", "7380")
    assert list(export_faults([credit], Exports([billomat("one", 7380, str(Decimal(-120)))], None))) == []
