"""Our own values where Kanbert shows related objects without their id: they are ours, and are not written again."""

from typing import Any

from autobook.domain.kanbert import Booking, IncomingInvoice
from tests.autobook.service.processing import rule, run
from tests.fake_kanbert import FakeKanbert, incoming
from tests.fakes import FakeRuleRepository, System


class WithoutIds(FakeKanbert):
    """Shows a line's account and project, and the editor, as objects without an id, also in its answers."""

    def get_incoming_invoice(self, invoice_id: str) -> IncomingInvoice:
        """The present state."""
        invoice = super().get_incoming_invoice(invoice_id).source
        lines = [_without_ids(line) for line in invoice["bookings"]]
        editor = invoice["editor"] and {"email": f"{invoice['editor']['id']}@example.com"}
        return IncomingInvoice.model_validate(invoice | {"bookings": lines, "editor": editor})

    def patch_incoming_invoice(self, invoice_id: str, fields: Any) -> IncomingInvoice:
        """Change an invoice."""
        super().patch_incoming_invoice(invoice_id, fields)
        return self.get_incoming_invoice(invoice_id)

    def patch_booking(self, invoice_id: str, booking_id: str, fields: Any) -> Booking:
        """Change a line."""
        super().patch_booking(invoice_id, booking_id, fields)
        return Booking.model_validate(_without_ids(self.line(invoice_id, booking_id)))


def _without_ids(line: dict[str, Any]) -> dict[str, Any]:
    related: dict[str, Any] = {}
    for name, id_name in (("chart_of_account", "chart_of_account_id"), ("project", "project_id")):
        if line[id_name] is not None:
            related |= {name: {"code": line[id_name].removeprefix("acc-")}, id_name: None}
    return line | related


def booked(**actions: Any) -> System:
    """An invoice that a rule has booked, after two changes that concern nobody."""
    made = System(kanbert=WithoutIds(), rule_repository=FakeRuleRepository(rule(**actions)))
    made.kanbert.add(incoming())
    for title in ("", "one", "two"):
        made.kanbert.edit("inv1", title=title)
        run(made)
    return made


def test_ours() -> None:
    """What we wrote is no correction, and is not written again."""
    made = booked(account="7380", project="id:p1", editor="id:u1")
    assert [set(fields) for _, _, fields in made.kanbert.patches] == [
        {"chart_of_account_id", "project_id"},
        {"editor_id"},
    ]
    assert made.publisher.of("booking.corrected") == []


def test_overwrite() -> None:
    """With `overwrite` neither, as long as the rule says the same; a corrected rule replaces it."""
    made = booked(account="7380", overwrite=True)
    assert len(made.kanbert.patches) == 1
    made.rule_repository.items = [rule(account="7390", overwrite=True)]
    made.kanbert.edit("inv1", title="three")
    run(made)
    assert made.kanbert.line("inv1")["chart_of_account_id"] == "acc-7390"


def test_correction() -> None:
    """A person's other account is a correction, and stays."""
    made = booked(account="7380", overwrite=True)
    made.kanbert.edit("inv1", "b1", chart_of_account_id="acc-5800")
    run(made)
    (event,) = made.publisher.of("booking.corrected")
    assert [each["present"] for each in event.data["corrections"]] == [{"code": "5800"}]
    assert made.kanbert.line("inv1")["chart_of_account_id"] == "acc-5800"
