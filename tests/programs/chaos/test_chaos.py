"""Seeds, played in full; that the checks see what they are there to see; and a day without Kanbert."""

from dataclasses import replace

import httpx
import pytest

from autobook.domain.events import Event
from autobook_sim.kanbert.profiles import PROFILES, combination
from tests.programs.chaos import story
from tests.programs.chaos.consumers import ExportingChaosSystem
from tests.programs.chaos.consumers_invariants import consumer_violations
from tests.programs.chaos.invariants import Truth, violations
from tests.programs.chaos.outage import ANSWERS, outage
from tests.programs.chaos.story import Ended, Plan, check, consumers_of, play, report, shortest


@pytest.mark.parametrize("seed", range(20))
def test_seeds(seed: int) -> None:
    """Whatever goes wrong, every invariant holds once it is quiet again."""
    check(Plan(seed, tuple(range(5))))


@pytest.mark.parametrize("profile", PROFILES)
def test_profile(profile: str) -> None:
    """They hold whichever way Kanbert is."""
    check(Plan(3, tuple(range(10)), profiles=(profile,)))


@pytest.mark.parametrize("seed", range(100))
def test_combination(seed: int) -> None:
    """They hold when it is several ways at once."""
    check(Plan(seed, tuple(range(50)), profiles=combination(seed)))


@pytest.mark.parametrize("seed", range(12))
def test_consumers(seed: int) -> None:
    """They hold with both exporters on, each system as it may be: nothing lost, nothing doubled, order kept."""
    profiles = combination(seed) if seed % 3 == 0 else ()
    check(Plan(seed, tuple(range(8)), profiles=profiles, consumers=consumers_of(seed)))


def test_sweep_alone() -> None:
    """With webhooks off entirely all documents are processed, archived and announced."""
    ended = play(Plan(7, tuple(range(30)), webhooks=False))
    assert ended.violations == []
    assert len(ended.system.provenance.records) >= 28


def test_webhooks_alone() -> None:
    """With the sweep off all are processed whose webhook came, and no other invariant suffers."""
    plan = Plan(11, tuple(range(30)), sweep=False, people=False)
    ended = play(plan)
    told_of = {
        f"incoming_invoice:doc{n}" if n % 10 != 9 else f"outgoing_invoice:doc{n}"
        for n in plan.documents
        if not any(f"webhook dropped doc{n} #" in what or f"sqs.send_message incoming_invoice:doc{n} #" in what
                   for _, what in ended.story)
    }  # fmt: skip
    assert len(told_of) > 5
    assert [each for each in ended.violations if any(each.startswith(f"{key} ") for key in told_of)] == []


def test_seed_is_a_story() -> None:
    """The same seed is the same story, to the letter."""
    one, other = play(Plan(3, (0, 1, 2, 3))), play(Plan(3, (0, 1, 2, 3)))
    assert one.story == other.story
    assert one.system.topic.published == other.system.topic.published


def test_faults_happen() -> None:
    """A story has every kind of fault in it."""
    happened = " ".join(what for seed in range(4) for _, what in play(Plan(seed, tuple(range(12)))).story)
    for kind in ("webhook dropped", "webhook doubled", "429", "500", "no answer from kanbert", "throttled", "crash",
                 "s3.store", "sns.publish", "person sets", "an admin edits"):  # fmt: skip
        assert kind in happened, kind


@pytest.fixture(scope="module")
def ended() -> Ended:
    """A story that ended well."""
    return play(Plan(5, tuple(range(12)), people=False))


def test_checks_see_a_lost_state(ended: Ended) -> None:
    """A document that was not processed to its latest state is seen."""
    name = next(iter(ended.system.kanbert.incoming))
    kept = dict(ended.system.kanbert.incoming[name])
    ended.system.kanbert.incoming[name]["title"] = "changed"
    found = violations(ended.system)
    ended.system.kanbert.incoming[name] = kept
    assert any("latest state" in each for each in found)


def test_checks_see_an_overruled_person(ended: Ended) -> None:
    """A person's value that is no longer there is seen."""
    name = next(i for i, each in ended.system.kanbert.incoming.items() if each["bookings"])
    ended.system.kanbert.persons[name, "b0", "chart_of_account_id"] = "person-1"
    found = violations(ended.system)
    del ended.system.kanbert.persons[name, "b0", "chart_of_account_id"]
    assert any("a person set" in each for each in found)


def test_checks_see_a_lost_event(ended: Ended) -> None:
    """An event that the consumer never saw is seen."""
    lost = ended.system.consumer.seen[0]
    kept = ended.system.consumer.seen
    ended.system.consumer.seen = [event for event in kept if event.id != lost.id]
    found = violations(ended.system)
    ended.system.consumer.seen = kept
    assert any("never saw" in each for each in found)


def test_checks_see_a_missing_pdf(ended: Ended) -> None:
    """A PDF that is not in the archive is seen."""
    objects = ended.system.objects.objects
    key = next(key for key in objects if key.endswith(".pdf"))
    stored = objects.pop(key)
    found = violations(ended.system)
    objects[key] = stored
    assert any("0 files in the archive" in each for each in found)


def test_checks_see_a_dead_letter_that_is_missing() -> None:
    """What cannot be read and is no dead letter is seen; a dead letter that can be read is seen, too."""
    ended = play(Plan(2, tuple(range(8)), profiles=("odd-needed",), people=False))
    assert ended.violations == []
    dead, stage = ended.system.dead["documents"], ended.system.kanbert.simulator.stage
    assert dead.messages()
    kept, dead.groups = dead.groups, {}
    assert any("no dead letter says why" in each for each in violations(ended.system))
    dead.groups = kept
    stage.play(())
    assert any(each.startswith("dead letter: ") for each in violations(ended.system))


def test_checks_see_a_correction_by_nobody(ended: Ended) -> None:
    """A correction of what no person has touched is seen."""
    booked = next(e for e in map(Event.from_json, ended.system.topic.published) if e.type == "invoice.booked")
    value = booked.data["values"][0]
    correction = {"booking_id": value["booking_id"], "field": value["field"], "ours": {"id": "a"},
                  "present": {"id": "b"}, "line_deleted": False}  # fmt: skip
    update = {"id": "0" * 64, "data": booked.data | {"corrections": [correction]}}
    corrected = booked.model_copy(update=update)
    ended.system.topic.published.append(corrected.to_json())
    found = violations(ended.system)
    ended.system.topic.published.pop()
    assert any("nobody corrected" in each for each in found)


@pytest.fixture(scope="module")
def exported() -> Ended:
    """A story with consumers that ended well, with invoices in both."""
    ended = play(Plan(13, tuple(range(10)), people=False, consumers=("documented", "documented")))
    assert ended.violations == []
    return ended


def _found(ended: Ended) -> str:
    system = ended.system
    assert isinstance(system, ExportingChaosSystem)
    return "\n".join(consumer_violations(system, Truth(system)))


def test_checks_see_what_is_wrong_in_billomat(exported: Ended) -> None:
    """A doubled incoming, a missing one, a wrong sum, a file that was sent twice."""
    system = exported.system
    assert isinstance(system, ExportingChaosSystem)
    store = system.billomat.store
    one = next(store.all("incomings"))
    store.tables["incomings"][999] = one | {"id": 999}
    assert "is nobody's: 999" in _found(exported)
    del store.tables["incomings"][999]
    store.uploads[one["id"]] += 1
    assert "was given its file 2 times" in _found(exported)
    store.uploads[one["id"]] -= 1
    one["total_gross"] += 1
    assert "is there as" in _found(exported)
    one["total_gross"] -= 1
    del store.tables["incomings"][one["id"]]
    assert "is there as [] instead of" in _found(exported)
    store.tables["incomings"][one["id"]] = one
    assert _found(exported) == ""


def test_checks_see_what_is_wrong_in_hypatos(exported: Ended) -> None:
    """A doubled invoice, a missing one, another account, an older state after a newer one."""
    system = exported.system
    assert isinstance(system, ExportingChaosSystem)
    invoices = system.hypatos.invoices
    invoices.append(invoices[0])
    assert "is there 2 times" in _found(exported)
    invoices.pop()
    lost = invoices.pop(0)
    assert f"{lost.external_id.removeprefix('kanbert-')} is missing" in _found(exported)
    lost.history.append(lost.body | {"headerText": "person-2"})
    lost.body["headerText"], kept = "person-1", lost.body.get("headerText")
    invoices.append(lost)
    assert "was given older states later: [2, 1]" in _found(exported)
    lost.history.pop()
    lost.body["headerText"] = kept
    assignment = lost.body["invoiceLines"][0]["accountAssignments"][0]
    assignment["glAccountCode"], code = "0000", assignment["glAccountCode"]
    assert "invoiceLines is" in _found(exported)
    assignment["glAccountCode"] = code
    assert _found(exported) == ""


@pytest.mark.parametrize("seed", [3, 5])
def test_day_without_consumers(seed: int) -> None:
    """After 24 hours away both have every booked invoice once; nothing became a dead letter in the meantime."""
    ended = play(Plan(seed, tuple(range(8)), people=False, consumers=("documented", "documented"), away=24))
    assert ended.violations == []
    system = ended.system
    assert isinstance(system, ExportingChaosSystem)
    assert len(list(system.billomat.store.all("incomings"))) > 1
    assert len(system.hypatos.invoices) > 1
    assert not any("away" in str(each.attributes) for dead in system.not_exported.values() for each in dead.messages())


def test_consumers_wait_and_go_on() -> None:
    """The stories have invoices that wait for a mapping, a system that is away, and a replay of the whole topic."""
    happened = " ".join(
        what for seed in range(4) for _, what in play(Plan(seed, tuple(range(6)), consumers=consumers_of(seed))).story
    )
    for kind in ("an administrator maps supplier:", "an administrator maps account:person", "away #", "replay of the"):
        assert kind in happened, kind


def test_shortest_story(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failing seed is cut down to the documents and faults that it takes."""

    def fails_with_doc3(plan: Plan) -> Ended:
        fine = Ended(plan, [], [("", f"fault {n} #1") for n in range(20) if f"fault {n} #1" not in plan.suppressed],
                     None)  # type: ignore[arg-type]  # fmt: skip
        bad = 3 in plan.documents and ("", "fault 7 #1") in fine.story
        return replace(fine, violations=["broken"] if bad else [])

    monkeypatch.setattr(story, "play", fails_with_doc3)
    short = shortest(Plan(1, tuple(range(16))), fails_with_doc3)
    assert short.plan.documents == (3,)
    assert short.story == [("", "fault 7 #1")]
    assert "✗ broken" in report(short)


@pytest.mark.parametrize("answer", sorted(ANSWERS))
def test_day_without_kanbert(answer: str) -> None:
    """After 24 hours away nothing is in the dead letters; it drains in order, within the rate that the API serves."""
    drained = outage(60, ANSWERS[answer], limit=3)
    assert (drained.dead_letters, drained.unprocessed, drained.out_of_order) == (0, 0, 0)
    assert drained.most_receives < 100
    assert drained.busiest_second <= 3
    assert drained.hours_to_drain <= 3


def test_poison_delays_nobody() -> None:
    """A document that cannot be processed goes to the dead letters with its reason, the others as without it."""
    drained = outage(20, httpx.Response(503), hours=2, poison=True)
    assert (drained.dead_letters, drained.unprocessed) == (1, 0)
