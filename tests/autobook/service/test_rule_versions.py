"""Provenance and events name the version of the rule that decided, the one that the archive has."""

from autobook.domain.rules import rule_version
from tests.autobook.service.processing import INVOICE, rule, run, system
from tests.checking import CheckingSystem
from tests.fakes import message

RULE = rule(account="7380", note="n", review="look", owner="Ada")


def test_named_where_it_decided() -> None:
    """Values, reasons and provenance carry the version, by which the archive finds what the rule said."""
    made, version = system(RULE), rule_version(RULE)
    run(made)
    (booked,), (review,) = made.publisher.of("invoice.booked"), made.publisher.of("invoice.needs_review")
    assert {each["rule_version"] for each in booked.data["values"]} == {version}
    assert [each["rule_versions"] for each in review.data["reasons"]] == [[version]]
    assert {each.rule_version for each in made.provenance.get(INVOICE).written} == {version}
    checking = CheckingSystem()
    checking.table.save(**RULE)
    checking.drain()
    assert [each.version for each in checking.history(RULE["rule_id"])] == [version]


def test_suggested() -> None:
    """Suggestions and suggested reviews as well."""
    suggesting = RULE | {"mode": "suggest"}
    made = system(suggesting)
    run(made)
    (event,) = made.publisher.of("invoice.suggested")
    assert {each["rule_version"] for each in event.data["values"]} == {rule_version(suggesting)}


def test_corrected_later() -> None:
    """A correction is of the version that wrote, whatever the rule says by then."""
    made = system(RULE)
    run(made)
    made.rule_repository.items[:] = [RULE | {"owner": "Ben"}]
    made.kanbert.edit("inv1", "b1", chart_of_account_id="acc-5800")
    made.deliver(message())
    (event,) = made.publisher.of("booking.corrected")
    assert [each["rule_version"] for each in event.data["corrections"]] == [rule_version(RULE)]


def test_another_description_decides_nothing_again() -> None:
    """A version that decides the same is no reason to decide, and nothing is announced twice for it."""
    made = system(RULE | {"mode": "suggest"})
    run(made)
    published = len(made.publisher.published)
    made.rule_repository.items[:] = [RULE | {"mode": "suggest", "owner": "Ben"}]
    made.clock.advance(hours=1)
    made.deliver(message())
    made.deliver(message(change="decide"))  # type: ignore[arg-type]
    assert len(made.publisher.published) == published
