"""Worlds that thousands of random stories have found, each in its shortest form: what once went wrong in them."""

from collections.abc import Mapping
from typing import Final

ONCE_WRONG: Final[Mapping[str, str]] = {
    "emptied while the run that saw it is interrupted": (
        "first/1.7 b1.booking_title = other/1.9 throttled/2.6 b1.booking_title emptied/2.7 crash"
    ),
    "own status behind a value in doubt": (
        "silent/0.2 throttled/2.1 crash/3.2 429/4.12 404/5.2 b2.project = other/5.17 throttled/10.3 status = open"
    ),
    "a later status where ours was never written": (
        "silent/1.14 crash/2.12 404/3.9 throttled/4.5 status = booked/4.10 crash"
    ),
    "suggested, withdrawn and suggested again": (
        "suggested/1.3 AWS answer lost/2.12 throttled/3.8 AWS answer lost/5.3 rule off/8.1 rule suggests"
    ),
    "a conflict that came and went": "emptied/3.1 rule that disagrees/5.3 429/7.1 rule suggests",
    "reopened and booked between two looks": "ready/5.2 throttled/6.3 status = open/6.10 status = booked",
    "our value put back after its correction was announced": (
        "swept/1.12 crash/2.5 b1.account emptied/6.11 crash/7.7 throttled/9.4 b1.account = ours"
    ),
    "the same of a correction that a run found after announcing another one's values": (
        "overwritten/0.7 b2.project emptied/0.12 crash/6.9 b2.project = ours"
    ),
    "emptied before the look that the status relies on": (
        "slow/1.5 b2.booking_title = ours/2.10 b2.booking_title emptied"
    ),
    "emptied where a write was accepted and no look has shown it": (
        "silent/1.10 b2 deleted/2.2 b1.booking_title emptied"
    ),
    "our value set in doubt, on a line that is deleted then": (
        "suggested/1.2 404/2.3 rule off/2.6 crash/3.2 b2.project = ours/3.16 b2 deleted"
    ),
    "both lines deleted while they are booked": "first/1.7 b1 deleted/1.9 throttled/2.2 b2 deleted",
    "a file that Kanbert twice says is not there": "silent/3.5 404/4.5 404",
    "tags refused, and interrupted after the rest": "ready/1.14 422 of a field/1.16 crash",
    "a rule edited while the run that sets the status is interrupted": "silent/1.10 answer lost/2.3 rule overwrites",
    "rules that disagree about what was written, before the status": (
        "ready/1.8 retitled/2.3 rule overwrites/2.12 404/3.3 rule that disagrees"
    ),
    "a note of a person's, emptied when its rule holds no more": (
        "silent/1.7 invoice.note = ours/1.11 b1 deleted/3.7 invoice.note emptied"
    ),
    "booked in the window, and reopened later": (
        "silent/1.8 status = booked/2.7 crash/4.5 429/6.3 crash/9.8 status = open"
    ),
    "a line that goes before a look shows what was written there": "silent/1.12 b1 deleted",
    "a person's own note beside tags that were never sent": "ready/1.13 AWS answer lost/2.2 invoice.note = ours",
    "back to a state after another one was announced and not recorded": (
        "ready/0.3 status = ready_for_accounting/4.1 crash/"
        "5.3 crash/8.3 b1.project = ours/9.6 throttled/10.2 b1.project emptied"
    ),
    "an invoice that Kanbert twice says is not there": "silent/1.10 422/7.2 404/8.2 404",
    "the same while its first run is interrupted": "silent/1.13 crash/2.8 crash/3.2 404/4.2 404",
    "refused, and booked by a person": "silent/1.2 404/2.7 status = booked/2.10 422/2.14 crash",
    "our value set in doubt, through a run that ended before it knew": (
        "silent/1.11 crash/2.6 429/3.2 b2.booking_title = ours"
    ),
    "corrected while it is replaced in doubt": "overwritten/0.8 throttled/1.2 crash/2.2 b2.account = other",
    "our value set by a person, not sent, and replaced in doubt": (
        "slow/1.6 b2.account = ours/1.13 crash/2.3 rule overwrites"
    ),
}
"""By what happens in it; as `--world` takes it."""
