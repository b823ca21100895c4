"""Rules that are suggested from what people booked: the simplest condition that says it, and how sure that is.

    observed = Observed(zone, names, rules_as_they_stand, now)
    for entry in history.entries():
        observed.add(entry)
    proposals = proposed(observed, today=today)
    text = rules_file(proposals, today=today, since=since)

Every month is predicted from the months before it, by the very procedure that proposes rules; how often people then
booked what was predicted is the agreement that a proposal states. Writes nothing.
"""

from autobook_cli.suggest.observations import Observation, Observed
from autobook_cli.suggest.proposals import LEAST_BOUND, Proposal, proposed, stated_bound
from autobook_cli.suggest.rules_file import rules_file

__all__ = [
    "LEAST_BOUND",
    "Observation",
    "Observed",
    "Proposal",
    "proposed",
    "rules_file",
    "stated_bound",
]
