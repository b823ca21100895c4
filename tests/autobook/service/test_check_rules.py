"""`check_rules`: the verdict stands in the item, in words for who saved it, whatever else is in the table."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from autobook.domain.codes import Candidate, Code
from autobook.domain.errors import AccessRefused, Forbidden, NotFilledIn, RetryLater
from autobook.service import check_rules
from autobook.service.check_rules import CheckReach
from tests.checking import LARGEST, CheckingSystem, size_of
from tests.fake_kanbert import NOW
from tests.settings import ENVIRONMENT

WHEN = "sum_gross > 0"
NINE_BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "typo": ({"when": 'suplier.name = "A"', "account": "7380"}, 'when: unknown field "suplier.name" at 1:1, did you'),
    "attribute": ({"when": WHEN, "acount": "7380"}, 'acount: unknown attribute "acount", did you mean account?'),
    "type": ({"when": 'sum_gross = "much"', "account": "7380"}, "when: "),
    "no condition": ({"account": "7380"}, "when: a rule needs a condition, write e.g. supplier.name"),
    "mode": ({"when": WHEN, "account": "7380", "mode": "aply"}, 'mode: "aply" is not possible here, did you mean'),
    "priority": ({"when": WHEN, "account": "7380", "priority": {"a": 1}}, "priority: expected a number such as 100"),
    "date": ({"when": WHEN, "account": "7380", "valid_from": "31.1.2026"}, "valid_from: expected a date such as"),
    "number": ({"when": {"field": "sum_gross", "op": "gt", "value": Decimal("1e39")}, "account": "7380"}, "when: "),
    "code": ({"when": WHEN, "account": "7381"}, "account: Kanbert has no account 7381; correct it, or create it"),
}


@pytest.fixture
def made() -> CheckingSystem:
    """An empty table."""
    return CheckingSystem()


def test_nine_broken_rules(made: CheckingSystem) -> None:
    """Each says what is wrong, where, and what to do; the sound one beside them is checked all the same."""
    for name, (attributes, _) in NINE_BROKEN.items():
        made.table.save(rule_id=name, **attributes)
    made.table.save(rule_id="sound", when='supplier.name = "B"', account="7380")
    made.drain()
    for name, (_, message) in NINE_BROKEN.items():
        check = made.check(name)
        assert check["state"] == "error", name
        assert check["message"].startswith(message), check["message"]
    assert made.check("sound")["state"] == "ok"
    assert made.run(CheckReach.DUE).in_error == 9


def test_sound(made: CheckingSystem) -> None:
    """The codes with what they stand for, when, and which version was looked at."""
    made.code_resolver.known["project", "P-42"] = [Candidate("p1", "P-42", "Website", end=date(2027, 1, 31))]
    made.table.save(rule_id="r", when=WHEN + ' and supplier.name = "A"', account="7380", project="p-42", editor="id:u1")
    made.drain()
    check = made.check("r")
    assert (check["state"], check["message"], "findings" in check, "brake" in check) == ("ok", "sound", False, False)
    assert check["at"] == check["codes_at"] == NOW.isoformat(timespec="seconds")
    assert check["codes"] == {
        "account": "7380 (id acc-7380)",
        "project": "P-42 Website (id p1, ends on 2027-01-31)",
        "editor": "id:u1 (taken as it is)",
    }
    assert len(check["version"]) == 16


def test_own_write_triggers_nothing(made: CheckingSystem) -> None:
    """The verdict comes back on the stream and is no reason for another; a batch of nothing else reads no table."""
    made.table.save(rule_id="r", when=WHEN, account="7380")
    made.drain()
    written = len(made.table.writes)
    assert written == 2, "at once, and with the codes"
    made.table.save(rule_id="r", when=WHEN, account="7380")
    made.clock.advance(minutes=1)
    assert made.drain() == 0
    made.table.on_read = lambda: pytest.fail("the table was read for our own write")
    made.table.items["r"]["check"]["at"] = "another"
    assert len(made.table.writes) == written


def test_verdict_that_is_gone_comes_back(made: CheckingSystem) -> None:
    """Whoever deletes the verdict gets another one."""
    made.table.save(rule_id="r", when=WHEN)
    made.drain()
    made.table._put("r", {"rule_id": "r", "when": WHEN})
    made.drain()
    assert "check" in made.table.items["r"]
    assert len(made.history("r")) == 1, "no version was made"


def test_among_others(made: CheckingSystem) -> None:
    """A save changes what is to be said of others: they are written too, and only they."""
    for name in ("A", "B", "C"):
        made.table.save(rule_id=name, when=f'supplier.name = "{name}"', account="7380")
    made.drain()
    made.table.save(rule_id="both", when='supplier.name in ["A", "B"]', account="7390", priority=1)
    made.table.writes.clear()
    made.drain()
    assert sorted(made.table.writes) == ["A", "B", "both", "both"]
    assert made.check("A")["findings"] == made.check("B")["findings"]
    assert made.check("A")["message"] == "never decides anything: both (priority 1) always comes first"
    made.table.delete("both")
    made.table.writes.clear()
    made.drain()
    assert sorted(made.table.writes) == ["A", "B"]
    assert {made.check(name)["message"] for name in ("A", "B", "C")} == {"sound"}


def test_always_true(made: CheckingSystem) -> None:
    """A condition that is true of every invoice is a warning."""
    made.table.save(rule_id="r", when=f"{WHEN} or not ({WHEN}) or sum_gross is null", account="7380")
    made.drain()
    assert (made.check("r")["state"], made.check("r")["message"]) == (
        "warning",
        "its condition is true for every invoice",
    )


def test_possible_conflict_is_no_warning(made: CheckingSystem) -> None:
    """What is merely possible is said, and the rule is sound."""
    made.table.save(rule_id="a", when='supplier.name contains "A"', account="7380")
    made.table.save(rule_id="b", when='supplier.name contains "B"', account="7390")
    made.drain()
    assert made.check("b")["state"] == "ok"
    assert made.check("b")["findings"][0].startswith("possible conflict with a")


def test_newer_save_is_never_given_an_older_verdict(made: CheckingSystem) -> None:
    """What is saved between the look and the write stays without the verdict on what was there before."""
    made.table.save(rule_id="r", when='suplier.name = "A"')
    made.table.on_read = lambda: made.table.save(rule_id="r", when='supplier.name = "A"', note="n")
    made.checker()(made.table.stream[:], CheckReach.SAVED)
    assert "check" not in made.table.items["r"]
    made.table.on_read = lambda: None
    made.drain()
    assert made.check("r")["state"] == "ok"


def test_deleted_meanwhile_is_not_created_anew(made: CheckingSystem) -> None:
    """Nor is a rule that is gone."""
    made.table.save(rule_id="r", when=WHEN, account="7380")
    made.table.on_read = lambda: made.table.delete("r")
    made.checker()(made.table.stream[:], CheckReach.SAVED)
    assert "r" not in made.table.items


def test_full_item(made: CheckingSystem) -> None:
    """Into an item that is full goes a short verdict, or none; it is counted, and never written for ever."""
    made.table.save(rule_id="r", when=WHEN)
    made.drain()
    whole = size_of(made.table.items["r"]) - size_of({"rule_id": "r", "when": WHEN})
    for spare, attributes in ((whole + 20, 5), (whole - 10, 4), (50, 0)):
        item = {"rule_id": "r", "when": WHEN, "description": ""}
        item["description"] = "x" * (LARGEST - size_of(item) - spare)
        made.table.save(**item)
        made.table.save(rule_id="other", when="nonsense")
        made.drain()
        assert len(made.table.items["r"].get("check", {})) == attributes
        assert made.check("other")["state"] == "error"
        result = made.run()
        assert result.too_large == (() if attributes == 5 else ("r",))
        assert result.in_error == 1


@pytest.mark.parametrize(
    "item",
    [
        {"rule_id": "  ", "when": WHEN},
        {"rule_id": "r", "when": [["a"] * 50] * 50},
        {"rule_id": "r", "when": {"and": []}, "check": "ours?"},
        {"rule_id": "r", "when": b"\x00", "account": {b"\x01"}},
        {"rule_id": "r", "when": None, "account": None},
        {"rule_id": "r", "check": {"state": 1, "codes_at": 2, "codes": 3}},
        {"rule_id": "r", "when": WHEN, "tags": {Decimal(1), Decimal(2)}},
        {"rule_id": "r" * 2000, **{f"attribute{number}": "x" for number in range(400)}},
    ],
)
def test_odd_items_stop_no_other(made: CheckingSystem, item: dict[str, Any]) -> None:
    """Whatever is in an item: it is in error, and the others have their verdict."""
    made.table.save(**item)
    made.table.save(rule_id="sound", when=WHEN, account="7380")
    made.drain()
    made.night()
    check = made.table.items[item["rule_id"]]["check"]
    assert (check["state"], made.check("sound")["state"]) == ("error", "ok"), check


class Away:
    """Kanbert as it may be."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.asked = 0

    def candidates(self, codes: Collection[Code], *, fresh: bool = False) -> Mapping[Code, Sequence[Candidate]]:
        """It is not there."""
        del codes, fresh
        self.asked += 1
        raise self.error


@pytest.mark.parametrize(
    "error",
    [
        RetryLater("Kanbert is away"),
        NotFilledIn("no token yet"),
        AccessRefused("401"),
        Forbidden("403"),
        OSError("odd"),
    ],
)
def test_kanbert_is_away(made: CheckingSystem, error: Exception) -> None:
    """The verdict on the rule is there, says that codes were not checked, and they are looked up when it is back."""
    known, made.code_resolver = made.code_resolver, Away(error)  # type: ignore[assignment]
    made.table.save(rule_id="r", when=WHEN, account="7380", project="P-1")
    made.drain()
    check = made.check("r")
    assert check["state"] == "ok"
    assert check["message"] == f"sound; codes not checked: {error}; asked again within minutes"
    result = made.run(CheckReach.DUE)
    assert (result.codes_unchecked, result.access_refused) == (1, str(error) in {"401", "403"})
    made.code_resolver = known
    made.run(CheckReach.DUE)
    assert made.check("r")["message"].startswith("project: Kanbert has no project P-1")
    assert "codes_unchecked" not in made.check("r")


def test_what_was_known_stays_known(made: CheckingSystem) -> None:
    """A night on which Kanbert is away takes nothing back: the verdict says when the codes were looked up last."""
    made.table.save(rule_id="r", when=WHEN, account="7380")
    made.drain()
    before, made.code_resolver = made.check("r"), Away(RetryLater("away"))  # type: ignore[assignment]
    made.night()
    assert {name: each for name, each in made.check("r").items() if name != "at"} == {
        name: each for name, each in before.items() if name != "at"
    }


def test_account_that_ended(made: CheckingSystem) -> None:
    """The night finds it, says so in the rule, and announces that the rule is broken; and the cure as well."""
    end = (NOW + timedelta(days=30)).date()
    made.code_resolver.known["account", "7380"] = [Candidate("acc-7380", "7380", "Hosting", end=end)]
    made.table.save(rule_id="r", when=WHEN, account="7380", owner="Ada")
    made.drain()
    assert made.check("r")["state"] == "ok"
    made.publisher.published.clear()
    made.night(days=31)
    check = made.check("r")
    assert check["state"] == "error"
    assert check["message"].startswith(f"account: account 7380 ended on {end}, before today, ")
    assert "valid_until" in check["message"]
    (event,) = made.publisher.of("rule.changed")
    assert (event.data["change"], event.data["state"], event.data["owner"]) == ("broken", "error", "Ada")
    made.code_resolver.known["account", "7380"] = "acc-7380"
    made.clock.advance(minutes=10)
    made.run(CheckReach.DUE)
    assert made.check("r")["state"] == "ok"
    assert [each.data["change"] for each in made.publisher.of("rule.changed")] == ["broken", "repaired"]


def test_rule_of_the_past(made: CheckingSystem) -> None:
    """A rule that is over is checked by the days on which it was valid."""
    made.code_resolver.known["account", "7380"] = [Candidate("a", "7380", end=date(2025, 12, 31))]
    made.table.save(rule_id="r", when=WHEN, account="7380", valid_until="2025-12-31")
    made.drain()
    assert made.check("r")["state"] == "warning"
    assert "ended on 2025-12-31: it only decides older invoices" in made.check("r")["message"]


@pytest.mark.parametrize("over", [{"end": date(2025, 12, 31)}, {"status": "Closed"}])
def test_closed_project(made: CheckingSystem, over: dict[str, Any]) -> None:
    """Invoices are still booked on a project that is over: a warning."""
    made.code_resolver.known["project", "P-1"] = [Candidate("p1", "P-1", "Website", **over)]
    made.table.save(rule_id="r", when=WHEN, project="P-1")
    made.drain()
    assert made.check("r")["state"] == "warning"
    assert made.check("r")["message"].startswith("project: P-1 ")


def test_position(made: CheckingSystem) -> None:
    """It is looked up within the rule's account, or in whatever account has it where the rule names none."""
    made.code_resolver.known["position", "1"] = [
        Candidate("pos1", "1", "x", account_id="acc-7390", account_code="7390")
    ]
    made.table.save(rule_id="right", when=WHEN, account="7390", position="1")
    made.table.save(rule_id="wrong", when=WHEN, account="7380", position="1", priority=50)
    made.table.save(rule_id="alone", when=WHEN, position="1", priority=60)
    made.table.save(rule_id="none", when=WHEN, position="2", priority=70)
    made.drain()
    assert made.check("right")["codes"]["position"] == "1 x (id pos1)"
    assert "the account of the line has no position 1 (account 7390 has one)" in made.check("wrong")["message"]
    assert made.check("alone")["codes"]["position"] == "1 of account 7390"
    assert "position: Kanbert has no position 2" in made.check("none")["message"]


def test_switched_off(made: CheckingSystem) -> None:
    """A code that a rule names while it is off is no error yet."""
    made.table.save(rule_id="r", when=WHEN, account="7381", mode="off")
    made.drain()
    assert made.check("r")["state"] == "warning"
    made.table.save(rule_id="r", when=WHEN, account="7381")
    made.drain()
    assert made.check("r")["state"] == "error"


def test_comparing_fails(made: CheckingSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake of ours in comparing rules costs the comparison, and is said."""

    def failing(*_: object, **__: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(check_rules, "compared", failing)
    made.table.save(rule_id="r", when=WHEN, account="7380")
    made.table.save(rule_id="broken", when="nonsense")
    made.drain()
    assert (
        "not compared with the other rules: comparing them failed with KeyError('a bug')" in made.check("r")["message"]
    )
    assert made.check("broken")["state"] == "error"


def test_many_rules(made: CheckingSystem) -> None:
    """With many rules, who saved one has a verdict before all are compared."""
    for number in range(301):
        made.table.save(rule_id=f"r{number}", when=f'supplier.name = "S{number}"', account="7380")
    made.drain()
    made.table.save(rule_id="r7", when='suplier.name = "A"')
    made.drain()
    assert made.check("r7")["state"] == "error"
    made.table.save(rule_id="r7", when='supplier.name = "S8"', account="7380")
    made.table.writes.clear()
    made.drain()
    assert made.table.writes[0] == "r7"
    assert sorted(made.table.writes) == ["r7", "r7", "r8"]
    assert "says the same as r7" in made.check("r8")["message"]


def test_no_time_to_compare(made: CheckingSystem) -> None:
    """A set too complex to be compared in the time of a run has its verdicts, which say so."""
    made.seconds_left = 25.0
    made.table.save(rule_id="r", when=WHEN, note="n")
    made.drain()
    assert made.check("r")["message"].startswith("sound; not compared with the other rules: 1 rules are too many")
    assert made.run().uncompared


def test_brake(made: CheckingSystem) -> None:
    """While the brake is on, it is said on `_settings` and on every rule; a mode that is misspelt is an error there."""
    made.table.save(rule_id="r", when=WHEN, account="7380")
    made.table.save(rule_id="_settings", mode="suggest")
    made.drain()
    message = "the brake is on: every rule is held at suggest (_settings has mode suggest)"
    assert (made.check("_settings")["state"], made.check("_settings")["message"]) == ("ok", message)
    assert (made.check("r")["state"], made.check("r")["brake"]) == ("ok", message)
    made.table.save(rule_id="_settings", mode="sugest")
    made.drain()
    assert made.check("_settings")["state"] == "error"
    assert "did you mean suggest?" in made.check("_settings")["message"]
    assert "_settings cannot be read" in made.check("r")["brake"]
    made.table.save(rule_id="_settings", mode="apply")
    made.drain()
    assert "brake" not in made.check("r")
    assert made.check("_settings")["message"] == "the brake is off: each rule does what it says"


def test_brake_by_parameter() -> None:
    """After the deployment that sets it, each rule says so within minutes."""
    made = CheckingSystem()
    made.table.save(rule_id="r", when=WHEN, account="7380")
    made.drain()
    made.environment = ENVIRONMENT | {"MODE": "suggest"}
    made.run(CheckReach.DUE)
    assert "the parameter Mode is suggest" in made.check("r")["brake"]


def test_due(made: CheckingSystem) -> None:
    """A run between the nights looks at nothing that has its verdict, and at everything that has none."""
    made.table.save(rule_id="r", when=WHEN, account="7380")
    made.drain()
    asked = len(made.code_resolver.asked)
    assert made.run(CheckReach.DUE).written == 0
    assert len(made.code_resolver.asked) == asked
    made.table.save(rule_id="late", when="nonsense")
    made.table.stream.clear()
    assert made.run(CheckReach.DUE).in_error == 1
    assert made.check("late")["state"] == "error"


def test_announced(made: CheckingSystem) -> None:
    """Each save and deletion is an event that names the version and the verdict; our own writes are none."""
    made.table.save(rule_id="My rule / 1", when="nonsense", owner="Ada")
    made.drain()
    made.table.save(rule_id="My rule / 1", when=WHEN, note="n", owner="Bob")
    made.drain()
    made.table.delete("My rule / 1")
    made.drain()
    first, second, third = made.publisher.of("rule.changed")
    assert [each.data["change"] for each in (first, second, third)] == ["saved", "saved", "deleted"]
    assert (first.data["state"], first.data["owner"], second.data["state"]) == ("error", "Ada", "ok")
    assert second.data["version"] == made.history(second.subject.removeprefix("rule/"))[1].version
    assert third.data["version"] == "deleted"
    assert len({first.subject, second.subject, third.subject}) == 1
    assert first.subject.startswith("rule/sha256-")


def test_repeated_batch_announces_the_same(made: CheckingSystem) -> None:
    """A batch that comes again ends alike: one object for each version, the same event ids."""
    made.table.save(rule_id="r", when=WHEN, account="7380")
    batch = made.table.stream[:]
    for _ in range(2):
        made.checker()(batch, CheckReach.SAVED)
    assert len({each.id for each in made.publisher.published}) == 1
    assert len(made.history("r")) == 1


# --- versions ----------------------------------------------------------------------------------------------------


def test_every_version_is_kept(made: CheckingSystem) -> None:
    """Each save makes an entry with its time, its owner and all that it says; two in one batch as well."""
    made.table.save(rule_id="r", when=WHEN, account="7380", owner="Ada")
    made.clock.advance(seconds=2)
    made.table.save(rule_id="r", when=WHEN, account="7390", owner="Bob")
    made.drain()
    made.clock.advance(hours=1)
    made.table.save(rule_id="r", when=WHEN, account="7380", owner="Ada")
    made.drain()
    made.clock.advance(hours=1)
    made.table.delete("r")
    made.drain()
    entries = made.history("r")
    assert [(each.change, each.owner) for each in entries] == [
        ("saved", "Ada"), ("saved", "Bob"), ("saved", "Ada"), ("deleted", None)
    ]  # fmt: skip
    assert entries[0].version == entries[2].version != entries[1].version
    assert entries[1].item == {
        "rule_id": {"S": "r"}, "when": {"S": WHEN}, "account": {"S": "7390"}, "owner": {"S": "Bob"}
    }  # fmt: skip
    assert [line.key for line in made.manifest.lines] == [each.key for each in entries]


def test_night_archives_what_it_finds(made: CheckingSystem) -> None:
    """What was saved or deleted while nobody looked is found, once."""
    made.table.save(rule_id="kept", when=WHEN, account="7380")
    made.table.save(rule_id="gone", when=WHEN, account="7380")
    made.drain()
    made.table.save(rule_id="kept", when=WHEN, account="7390")
    made.table.save(rule_id="new", when="nonsense")
    made.table.delete("gone")
    made.table.stream.clear()
    assert made.night().archived == 3
    assert made.night().archived == 0
    assert [each.change for each in made.history("kept")] == ["saved", "found"]
    assert [each.change for each in made.history("new")] == ["found"]
    assert [(each.change, each.version) for each in made.history("gone")][1:] == [("found", "deleted")]


def test_version_that_decides_for_years(made: CheckingSystem) -> None:
    """A version still in force in another year is kept from that year's end as well."""
    made.table.save(rule_id="r", when=WHEN, account="7380")
    made.drain()
    made.night(days=366)
    made.night()
    entries = made.history("r")
    assert [each.change for each in entries] == ["saved", "in_force"]
    first, second = (made.objects.objects[each.key].retain_until for each in entries)
    assert second.year == first.year + 1


def test_archive_that_fails(made: CheckingSystem) -> None:
    """The verdicts are there all the same; what was not kept comes again, and nothing else."""
    made.manifest.halt("halted")
    made.table.save(rule_id="r", when=WHEN, note="n")
    with pytest.raises(RetryLater):
        made.drain()
    assert made.check("r")["state"] == "ok"
    assert [save.rule_id for save in made.table.stream if save.makes_a_version] == ["r"]
    made.manifest.halted = ""
    made.drain()
    assert len(made.history("r")) == 1
