"""What events say besides what was done: names of objects, what has changed, which reasons stand no longer."""

import json
from copy import deepcopy
from dataclasses import replace
from typing import Any, get_args

import pytest

from autobook.domain.action_fields import ACTION_FIELDS
from autobook.domain.codes import Candidate
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.event_fields import ChangedField, FieldName, ReasonCode
from autobook.domain.event_parts import MAX_BYTES
from autobook.domain.events import Event
from autobook.domain.fingerprints import counted_fields
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.object_names import ObjectNames
from autobook.domain.problems import ProblemCode
from autobook.domain.summaries import _INVOICE, _LINE, snapshot_of
from tests.autobook.service.processing import INVOICE, rule, run, run_to_the_end, system
from tests.fake_kanbert import booking, incoming, outgoing
from tests.fakes import Crash, FakeCodeResolver, Fuse, System, message

HOSTING = {"id": "acc-7380", "code": "7380", "title": "Hosting"}
SHOWN = {"chart_of_account_id": "acc-5800", "chart_of_account": {"id": "acc-5800", "code": "5800", "title": "IT"}}


def titled(title: str = "Hosting") -> FakeCodeResolver:
    """Kanbert's account 7380 has a title."""
    return FakeCodeResolver({("account", "7380"): (Candidate("acc-7380", "7380", title),)})


def booked(**fields: Any) -> System:
    """Booked on the account with a title."""
    made = system(rule(account="7380"), **fields)
    made.code_resolver = titled()
    run(made)
    return made


def last(made: System, type_: str) -> dict[str, Any]:
    """What the last event of this type says."""
    return made.publisher.of(type_)[-1].data


class TestNames:
    def test_written(self) -> None:
        """What we wrote has the code and the title of the account that the rule's code stands for."""
        assert last(booked(), "invoice.booked")["values"][0]["value"] == HOSTING

    def test_kept(self) -> None:
        """Provenance has them too."""
        (written,) = booked().provenance.get(INVOICE).written
        assert written.value_name is not None
        assert (written.value_name.code, written.value_name.title) == ("7380", "Hosting")

    def test_before(self) -> None:
        """What stood there before is named as it was when we wrote it."""
        made = booked()
        made.rule_repository.items = [rule("better", account="7390", overwrite=True)]
        made.kanbert.edit("inv1", title="changed")
        run(made)
        (value,) = last(made, "invoice.booked")["values"]
        assert (value["before"], value["value"]) == (HOSTING, {"id": "acc-7390", "code": "7390"})

    def test_corrected(self) -> None:
        """A person's account is named as the document shows it, ours as we wrote it."""
        made = booked()
        made.kanbert.edit("inv1", "b1", **SHOWN)
        run(made)
        (correction,) = last(made, "booking.corrected")["corrections"]
        assert (correction["ours"], correction["present"]) == (
            HOSTING,
            {"id": "acc-5800", "code": "5800", "title": "IT"},
        )

    def test_not_known(self) -> None:
        """What nobody shows has its id alone."""
        made = system(rule(project="id:p1"))
        run(made)
        assert last(made, "invoice.booked")["values"][0]["value"] == {"id": "p1"}

    def test_remembered(self) -> None:
        """An object that rules have asked for before is named, though this rule gives its id."""
        made = booked()
        made.kanbert.add(incoming("inv2"))
        made.rule_repository.items = [rule(account="id:acc-7380")]
        run(made, identifier="inv2")
        assert last(made, "invoice.booked")["values"][0]["value"] == HOSTING

    def test_people(self) -> None:
        """An editor is named by first and last name, a payment account by its title."""
        person = {"id": "u1", "first_name": "Ada", "last_name": "Lovelace"}
        made = system(rule(account="7380"))
        run(made)
        made.kanbert.edit("inv1", editor=person, payment_account={"id": "pay1", "title": "Bank"})
        run(made)
        changed = {each["field"]: each["after"] for each in last(made, "invoice.changed")["changes"]["fields"]}
        assert changed == {
            "editor": {"id": "u1", "title": "Ada Lovelace"},
            "payment_account": {"id": "pay1", "title": "Bank"},
        }

    @pytest.mark.parametrize("title", ["\ud800", ["IT"], {"a": 1}, 5, True, None, "", " ", "x" * 5_000, "\x00", 1e300])
    def test_odd(self, title: object) -> None:
        """Whatever an object is called, the invoice is booked and announced, and what is no text is left out."""
        account = {"id": "acc-5800", "code": title, "title": title, "first_name": title}
        made = booked(
            editor={"id": "u1", "first_name": title, "email": title}, payment_account={"id": "p", "title": title}
        )
        made.kanbert.edit("inv1", "b1", chart_of_account_id="acc-5800", chart_of_account=account)
        run(made)
        present = last(made, "booking.corrected")["corrections"][0]["present"]
        assert present["id"] == "acc-5800"
        assert all(len(text) <= 200 for name, text in present.items() if name != "id")

    def test_renamed(self) -> None:
        """A run that is repeated after the account was renamed says the same facts, with the same ids."""
        before = system(rule(account="7380"), rule("s", mode="suggest", client="id:c1"))
        before.code_resolver = titled()
        whole = deepcopy(before)
        run(whole)
        fuse = Fuse()
        deepcopy(before).processor(fuse)(message())
        for number in range(1, len(fuse.calls) + 1):
            made = deepcopy(before)
            with pytest.raises(Crash):
                made.processor(Fuse(at=number, after=True))(message())
            made.code_resolver = titled("Telephone")
            made.kanbert.incoming["inv1"]["supplier"]["name"] = "Hetzner Online AG"
            run(made)
            assert {e.id for e in made.publisher.published} == {e.id for e in whole.publisher.published}, number

    def test_renamed_is_no_news(self) -> None:
        """Another title of a suggested account is not announced again."""
        made = system(rule(mode="suggest", account="7380"))
        made.code_resolver = titled()
        run(made)
        made.code_resolver = titled("Telephone")
        made.processor()(message(change="decide"))  # type: ignore[arg-type]
        assert made.publisher.types.count("invoice.suggested") == 1


class TestChanges:
    def changes(self, made: System) -> dict[str, Any]:
        """What the last `invoice.changed` says of its changes."""
        found: dict[str, Any] = last(made, "invoice.changed")["changes"]
        return found

    def test_fields(self) -> None:
        """Each field that says something else is there, with what it said."""
        made = system()
        run(made)
        made.kanbert.edit(
            "inv1", invoice_number="R-18", due_date="2026-03-31T00:00:00Z", supplier={"id": "s2", "name": "B"}
        )
        run(made)
        assert self.changes(made)["fields"] == [
            {"field": "due_date", "before": None, "after": {"text": "2026-03-31T00:00:00Z"}},
            {"field": "invoice_number", "before": {"text": "R-2026-17"}, "after": {"text": "R-18"}},
            {
                "field": "supplier",
                "before": {"id": "sup1", "title": "Hetzner Online GmbH"},
                "after": {"id": "s2", "title": "B"},
            },
        ]

    def test_lines(self) -> None:
        """Lines that came, went and changed, each by its id."""
        made = system(bookings=[booking("b1"), booking("b2"), booking("b3")])
        run(made)
        made.kanbert.edit("inv1", bookings=[booking("b2", value="7.50"), booking("b3"), booking("b4", title="new")])
        run(made)
        lines = self.changes(made)["lines"]
        assert [(each["booking_id"], each["change"]) for each in lines] == [
            ("b1", "removed"), ("b2", "changed"), ("b4", "added"),
        ]  # fmt: skip
        assert lines[1]["fields"] == [{"field": "value", "before": {"text": "100.00"}, "after": {"text": "7.50"}}]
        assert all(each["after"] is None for each in lines[0]["fields"])
        assert all(each["before"] is None for each in lines[2]["fields"])

    def test_since(self) -> None:
        """It says from which announced state on."""
        made = system()
        run(made)
        announced = last(made, "invoice.received")["document"]["state"]
        made.kanbert.edit("inv1", title="a")
        run(made)
        assert self.changes(made)["since"] == announced
        assert self.changes(made)["complete"] is True

    def test_ours(self) -> None:
        """What we write in the same run is among the changes: the state is the one that we left."""
        made = system()
        run(made)
        made.rule_repository.items = [rule(account="7380")]
        made.kanbert.edit("inv1", title="a")
        run(made)
        assert [each["booking_id"] for each in self.changes(made)["lines"]] == ["b1"]

    def test_back_after_deletion(self) -> None:
        """A document that comes back is compared with what it was before it went."""
        made = system()
        run(made)
        removed = made.kanbert.incoming.pop("inv1")
        run_to_the_end(made)
        made.kanbert.add(removed | {"title": "back"})
        run(made)
        assert [each["field"] for each in self.changes(made)["fields"]] == ["invoice_title"]

    def test_many(self) -> None:
        """Where not every line has room the event says so, and fits."""
        made = system(bookings=[booking(f"b{n:04}", title="x" * 200) for n in range(3000)])
        run(made)
        made.kanbert.edit("inv1", bookings=[booking(f"b{n:04}", title="y" * 200) for n in range(3000)])
        run(made)
        assert self.changes(made)["complete"] is False
        assert 0 < len(self.changes(made)["lines"]) < 3000
        assert all(len(e.to_json().encode()) <= MAX_BYTES for e in made.publisher.published)

    @pytest.mark.parametrize("text", ["x" * 9_000, "\uffff" * 9_000, "\x00" * 9_000])
    def test_long(self, text: str) -> None:
        """Long texts are cut; a change behind the cut is one all the same."""
        fields = dict.fromkeys(("title", "notes", "invoice_number", "external_id", "type", "status"), text)
        made = system(**fields, vats=[{"vat": n, "value": "1.00"} for n in range(500)])
        run(made)
        made.kanbert.edit(
            "inv1", **dict.fromkeys(fields, text + "!"), vats=[{"vat": n, "value": "1.00"} for n in range(501)]
        )
        run(made)
        assert len(self.changes(made)["fields"]) == len(fields) + 1
        assert all(len(e.to_json().encode()) <= MAX_BYTES for e in made.publisher.published)

    def test_not_known(self) -> None:
        """Where the state before is not known, nothing is said of it."""
        made = system()
        run(made)
        made.provenance.records[INVOICE] = replace(made.provenance.get(INVOICE), snapshot=None)
        made.kanbert.edit("inv1", title="a")
        run(made)
        assert "changes" not in last(made, "invoice.changed")

    def test_every_counted_field(self) -> None:
        """Whatever makes a state another is among what may be said to have changed."""
        invoice = IncomingInvoice.model_validate(incoming())
        own = {name.partition(".")[0] for name in counted_fields(invoice) if not name.startswith("bookings.")} - {"id"}
        names = {"title": "invoice_title", "notes": "note"}
        assert {names.get(name, name) for name in own} == _INVOICE.keys()
        line = {name.split(".")[1] for name in counted_fields(invoice) if name.startswith("bookings.")} - {"id"}
        names = {"title": "booking_title", "type": "booking_type", "chart_of_account": "account"}
        assert {names.get(name, name).removesuffix("_id").replace("chart_of_", "") for name in line} == _LINE.keys()

    def test_small(self) -> None:
        """What is kept of an ordinary invoice is some hundred bytes."""
        snapshot = snapshot_of(IncomingInvoice.model_validate(incoming()), "s", ObjectNames())
        assert len(json.dumps([snapshot.summary, snapshot.fields, snapshot.lines])) < 1_500


class TestResolved:
    def test_announced_once(self) -> None:
        """A reason that stands no longer is announced as such, once, before those that are left."""
        made = system(bookings=[booking("b1"), booking("b2")])
        run(made)
        made.kanbert.edit("inv1", "b1", **SHOWN)
        for _ in range(3):
            run(made)
        (event,) = made.publisher.of("invoice.review_resolved")
        assert [(each["code"], each["booking_id"]) for each in event.data["reasons"]] == [("no_rule", "b1")]
        assert event.data["reasons_left"] == 1
        assert made.publisher.types[-2:] == ["invoice.review_resolved", "invoice.needs_review"]

    def test_by_an_edit_of_the_rules(self) -> None:
        """A rule that comes later resolves the reason, though nobody has touched the invoice."""
        made = system()
        run(made)
        made.rule_repository.items = [rule(account="7380")]
        run(made)
        assert made.publisher.types[-1] == "invoice.review_resolved"
        assert last(made, "invoice.review_resolved")["reasons_left"] == 0

    def test_booked_by_a_person(self) -> None:
        """Nobody has to look at an invoice that a person has booked."""
        made = system()
        run(made)
        made.kanbert.edit("inv1", status="booked")
        run(made)
        assert made.publisher.types[-1] == "invoice.review_resolved"

    def test_same_reason_in_other_words(self) -> None:
        """A reason that stands is not resolved by another message."""
        made = system(rule(account="9999"))
        run(made)
        made.rule_repository.items = [rule(account="9998")]
        made.kanbert.edit("inv1", title="a")
        run(made)
        assert made.publisher.of("invoice.review_resolved") == []

    def test_review_rules_are_reasons_each(self) -> None:
        """One of two rules that ask for a look may go."""
        made = system(rule("a", review="look"), rule("b", review="look too"))
        run(made)
        made.rule_repository.items = [rule("b", review="look too")]
        made.kanbert.edit("inv1", title="a")
        run(made)
        (reason,) = last(made, "invoice.review_resolved")["reasons"]
        assert reason["rule_ids"] == ["a"]

    def test_comes_back(self) -> None:
        """A reason that comes back is announced, and resolved, again, each with an id of its own."""
        made = system()
        run(made)
        for account in (SHOWN, {"chart_of_account_id": None, "chart_of_account": None}, SHOWN):
            made.kanbert.edit("inv1", "b1", **account)
            run(made)
        assert len({event.id for event in made.publisher.of("invoice.review_resolved")}) == 2

    def test_deleted(self) -> None:
        """Nobody has to look at what is gone; the deletion is the last word."""
        made = system()
        run(made)
        del made.kanbert.incoming["inv1"]
        run_to_the_end(made)
        assert made.publisher.types[-2:] == ["invoice.review_resolved", "invoice.deleted"]

    @pytest.mark.parametrize("after", [False, True])
    def test_never_lost(self, after: bool) -> None:
        """Whenever a run ends: a reason that was announced and stands no longer is announced as resolved."""
        made, fuse = system(), Fuse()
        deepcopy(made).processor(fuse)(message())
        for number in range(1, len(fuse.calls) + 1):
            each = deepcopy(made)
            with pytest.raises(Crash):
                each.processor(Fuse(at=number, after=after))(message())
            each.kanbert.edit("inv1", "b1", **SHOWN)
            run(each)
            announced = len(each.publisher.of("invoice.needs_review")) > 0
            assert (len(each.publisher.of("invoice.review_resolved")) > 0) is announced, number


class TestDeleted:
    def test_last_known(self) -> None:
        """A deleted invoice is summarised as it was announced last."""
        made = system(rule(account="7380"))
        run(made)
        made.kanbert.edit("inv1", title="as it was")
        run(made)
        del made.kanbert.incoming["inv1"]
        run_to_the_end(made)
        known = last(made, "invoice.changed")["invoice"]
        assert last(made, "invoice.deleted")["invoice"] == known
        assert known["title"] == "as it was"

    def test_outgoing(self) -> None:
        """So is an outgoing one, by an event of its own type."""
        made = System()
        made.kanbert.add(outgoing(invoice_number="A-1", client={"id": "c", "name": "N", "shortcode": "NN"}))
        run(made, identifier="out1", kind=DocumentKind.OUTGOING_INVOICE)
        del made.kanbert.outgoing["out1"]
        run_to_the_end(made, identifier="out1", kind=DocumentKind.OUTGOING_INVOICE)
        assert made.publisher.types == ["outgoing_invoice.changed", "outgoing_invoice.deleted"]
        invoice = made.publisher.published[-1].data["invoice"]
        assert (invoice["invoice_number"], invoice["client"]) == ("A-1", {"id": "c", "code": "NN", "title": "N"})

    def test_announced_as_it_was_saved(self) -> None:
        """A deletion that was interrupted is announced, although the document is back by then."""
        made, fuse = system(), Fuse()
        run(made)
        removed = made.kanbert.incoming.pop("inv1")
        with pytest.raises(Exception, match="not there"):
            run(made)
        made.clock.advance(minutes=2)
        deepcopy(made).processor(fuse)(message())
        for number in range(1, len(fuse.calls) + 1):
            each = deepcopy(made)
            with pytest.raises(Crash):
                each.processor(Fuse(at=number, after=True))(message())
            each.kanbert.add(removed)
            run(each)
            types = each.publisher.types
            if "invoice.deleted" in types:
                assert types[-2:] == ["invoice.changed", "invoice.needs_review"], number


class TestEnums:
    def test_fields(self) -> None:
        """Every field that a rule can set has its name in the schema, and `review`."""
        assert set(get_args(FieldName.__value__)) == {each.name for each in ACTION_FIELDS} | {"review"}

    def test_reasons(self) -> None:
        """Every reason for a review is in the schema."""
        assert set(get_args(ReasonCode.__value__)) == {each.value for each in ProblemCode}

    def test_changed_fields(self) -> None:
        """Every field that may change is in the schema."""
        assert set(get_args(ChangedField.__value__)) == _INVOICE.keys() | _LINE.keys()

    @pytest.mark.parametrize(
        ("field", "kanbert", "ours"),
        [
            ("type", "Credit", "credit_note"), ("type", "Invoice", "invoice"), ("type", "Memo", "other"),
            ("type", None, None), ("status", "booked", "booked"), ("status", "odd", "other"), ("status", "", None),
            ("payment_status", "partial", "partly_paid"), ("payment_status", "odd", "other"),
        ],
    )  # fmt: skip
    def test_summary(self, field: str, kanbert: str | None, ours: str | None) -> None:
        """What Kanbert calls otherwise, or anew, has our name."""
        made = system(**{field: kanbert})
        run(made)
        assert made.publisher.published[0].data["invoice"][field] == ours


def test_read_back() -> None:
    """What is published is read back as it was."""
    made = booked()
    assert [Event.from_json(each.to_json()) for each in made.publisher.published] == made.publisher.published
    assert made.publisher.published[0].document == Document(DocumentKind.INCOMING_INVOICE, "inv1")
