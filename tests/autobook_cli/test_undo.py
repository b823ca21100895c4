"""`autobook undo`: which values it is about, what it shows, that it asks, and what it says it did."""

import json

import pytest

from tests.autobook.service.processing import rule
from tests.autobook_cli.deciding import Command, DecidingSystem, command_on, deciding_system
from tests.fake_kanbert import booking, incoming
from tests.fakes import Crash, message


@pytest.fixture
def system() -> DecidingSystem:
    """Three invoices, booked on the 1st, 2nd and 3rd; of the last one a line was corrected."""
    made = deciding_system(rule("hosting", account="7380"), rule("relaunch", project="id:p1"))
    made.clock.advance(days=-1)
    for identifier in ("inv1", "inv2", "inv3"):
        made.kanbert.add(incoming(identifier, bookings=[booking("b1"), booking("b2")]))
        made.processor()(message(identifier))
        made.clock.advance(days=1)
    made.kanbert.edit("inv3", "b2", chart_of_account_id="acc-person")
    made.processor()(message("inv3"))
    return made


@pytest.fixture
def run(system: DecidingSystem, monkeypatch: pytest.MonkeyPatch) -> Command:
    return command_on(system, "undo", monkeypatch)


def accounts(system: DecidingSystem) -> list[str | None]:
    """The account of every line."""
    return [line["chart_of_account_id"] for each in system.kanbert.incoming.values() for line in each["bookings"]]


OURS = "acc-7380"


@pytest.mark.parametrize("wanted", ["inv1", "R-2026-17"])
def test_document(run: Command, system: DecidingSystem, wanted: str) -> None:
    """Shows value and value from before, asks, and takes back everything of one invoice."""
    code, output = run(wanted, answer="y\n")
    flat = " ".join(output.split())
    assert code == 0
    assert "R-2026-17 Hetzner Online GmbH 120.00 (inv1)" in flat
    assert "line b1 account: 7380 Hosting and telephone (acc-7380) → empty (rule hosting)" in flat
    assert "Take back 4 values in 1 invoice, as arn:aws:iam::1:user/ada?" in flat
    assert output.splitlines()[-1] == "4 values taken back in 1 invoice, 0 stay"
    assert max(len(each) for each in output.splitlines() if "?" not in each) <= 80
    assert accounts(system) == [None, None, OURS, OURS, OURS, "acc-person"]
    assert system.publisher.of("invoice.undone")[-1].data["by"] == "arn:aws:iam::1:user/ada"
    assert run(wanted) == (0, run(wanted)[1])
    assert "nothing of ours stands there" in run(wanted)[1]


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        ("2026-03-01", [None] * 5),
        ("2026-03-02", [OURS, OURS, None, None, None]),
        ("2026-03-03", [OURS] * 4 + [None]),
        ("2026-03-04", [OURS] * 5),
    ],
)
def test_rule_since(run: Command, system: DecidingSystem, since: str, expected: list[str | None]) -> None:
    """What the rule wrote since that day, and nothing else; a person's value stays."""
    code, output = run("--rule", "hosting", "--since", since, "--yes", "--as", "Ada")
    assert code == 0, output
    assert accounts(system) == [*expected, "acc-person"]
    assert all(line["project_id"] == "p1" for each in system.kanbert.incoming.values() for line in each["bookings"])


def test_one_rule_of_a_document(run: Command, system: DecidingSystem) -> None:
    """The options narrow down."""
    run("inv1", "--rule", "relaunch", "--since", "2026-03-01", "--yes")
    line = system.kanbert.line("inv1")
    assert (line["chart_of_account_id"], line["project_id"]) == (OURS, None)


def test_several_times_by_one_rule(run: Command, system: DecidingSystem) -> None:
    """What stood there before the rule first wrote since that day, not what it wrote itself in between."""
    system.rule_repository.items = [rule("hosting", account="7390", overwrite=True)]
    system.processor()(message("inv1"))
    system.rule_repository.items = [rule("hosting", account="5800", overwrite=True)]
    system.processor()(message("inv1"))
    assert accounts(system)[:2] == ["acc-5800"] * 2
    run("inv1", "--rule", "hosting", "--since", "2026-03-01", "--yes")
    assert accounts(system)[:2] == [None, None]


def test_nothing_without_a_yes(run: Command, system: DecidingSystem) -> None:
    """Declined, nothing is changed."""
    before = len(system.kanbert.patches)
    assert run("inv1", answer="n\n")[0] == 1
    assert len(system.kanbert.patches) == before


@pytest.mark.parametrize("arguments", [(), ("--rule", "hosting"), ("--since", "2026-03-01")])
def test_what_is_meant(run: Command, arguments: tuple[str, ...]) -> None:
    """A rule goes with a day."""
    assert run(*arguments) == (2, "autobook: name an invoice, or a rule with --rule ID and --since DATE\n")


def test_what_stays(run: Command, system: DecidingSystem) -> None:
    """Closed, corrected meanwhile, gone: each with its reason; exit code 1 for what could not be done."""
    system.kanbert.edit("inv1", status="booked")
    system.kanbert.edit("inv2", "b1", chart_of_account_id="acc-late")
    del system.kanbert.incoming["inv3"]
    code, output = run("--rule", "hosting", "--since", "2026-03-01", "--yes", "--json")
    found = json.loads(output)
    assert code == 1
    assert [(each["id"], each["booking_id"]) for each in found["restored"]] == [("inv2", "b2")]
    assert [(each["id"], each["reason"]) for each in found["kept"]] == [
        ("inv1", "the invoice is booked, not open"),
        ("inv1", "the invoice is booked, not open"),
        ("inv2", "a person has changed it since"),
    ]
    assert found["failed"] == [{"id": "inv3", "reason": "the invoice is gone from Kanbert"}]


def test_interrupted(run: Command, system: DecidingSystem) -> None:
    """An interrupted undo is said, and brought to its end."""

    def around(_number: int, done: bool) -> None:
        if done:
            raise Crash

    system.kanbert.around_patch = around
    with pytest.raises(Crash):
        run("inv1", "--yes")
    system.kanbert.around_patch = lambda *_: None
    code, output = run("inv1", "--yes")
    assert code == 0
    assert "was interrupted, and is finished first" in " ".join(output.split())
    assert output.splitlines()[-1] == "4 values taken back in 1 invoice, 0 stay"
    assert accounts(system)[:2] == [None, None]
