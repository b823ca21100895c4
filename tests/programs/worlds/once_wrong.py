"""Worlds that thousands of random stories have found, each in its shortest form: what once went wrong in them."""

from collections.abc import Mapping
from typing import Final

ONCE_WRONG: Final[Mapping[str, str]] = {
    "emptied while the run that saw it is interrupted": (
        "first/1.kanbert.patch_booking#2 b1.booking_title = other/1.provenance.put#2 throttled/"
        "2.kanbert.patch_incoming_invoice b1.booking_title emptied/2.provenance.put#2 crash"
    ),
    "own status behind a value in doubt": (
        "silent/0.queue.send throttled/2.provenance.get crash/3.kanbert.get_incoming_invoice 429/"
        "4.kanbert.get_incoming_invoice#2 404/5.kanbert.get_incoming_invoice b2.project = other/"
        "5.provenance.put#4 throttled/10.kanbert.list_incoming_invoices status = open"
    ),
    "a later status where ours was never written": (
        "silent/1.provenance.put#2 crash/2.kanbert.get_incoming_invoice#3 404/"
        "3.provenance.put throttled/4.kanbert.list_incoming_invoices status = booked/"
        "4.kanbert.patch_incoming_invoice crash"
    ),
    "suggested, withdrawn and suggested again": (
        "suggested/1.rule_repository.rules AWS answer lost/2.provenance.put#4 throttled/"
        "3.publisher.publish#3 AWS answer lost/5.rule_repository.rules rule off/"
        "8.rule_repository.rules rule suggests"
    ),
    "a conflict that came and went": (
        "emptied/3.rule_repository.rules rule that disagrees/5.kanbert.list_incoming_invoices 429/"
        "7.rule_repository.rules rule suggests"
    ),
    "reopened and booked between two looks": (
        "ready/5.sweep_state.progress throttled/6.kanbert.list_incoming_invoices status = open/"
        "6.kanbert.list_outgoing_invoices status = booked"
    ),
    "our value put back after its correction was announced": (
        "swept/1.provenance.put#4 crash/2.kanbert.get_incoming_invoice b1.account emptied/6.end crash/"
        "7.sweep_state.progress#2 throttled/9.kanbert.page b1.account = ours"
    ),
    "the same of a correction that a run found after announcing another one's values": (
        "overwritten/0.kanbert.patch_booking#2 b2.project emptied/0.provenance.put#4 crash/"
        "6.kanbert.list_outgoing_invoices b2.project = ours"
    ),
    "emptied before the look that the status relies on": (
        "slow/1.kanbert.list_incoming_invoices b2.booking_title = ours/"
        "2.kanbert.get_incoming_invoice#2 b2.booking_title emptied"
    ),
    "emptied where a write was accepted and no look has shown it": (
        "silent/1.kanbert.patch_booking b2 deleted/2.kanbert.get_incoming_invoice b1.booking_title emptied"
    ),
    "our value set in doubt, on a line that is deleted then": (
        "suggested/1.kanbert.get_incoming_invoice 404/2.rule_repository.rules rule off/"
        "2.kanbert.patch_booking crash/3.kanbert.get_incoming_invoice b2.project = ours/"
        "3.end b2 deleted"
    ),
    "both lines deleted while they are booked": (
        "first/1.kanbert.patch_booking#2 b1 deleted/1.provenance.put#2 throttled/"
        "2.kanbert.get_incoming_invoice b2 deleted"
    ),
    "a file that Kanbert twice says is not there": (
        "silent/3.kanbert.incoming_invoice_pdf 404/4.kanbert.incoming_invoice_pdf 404"
    ),
    "tags refused, and interrupted after the rest": (
        "ready/1.kanbert.patch_incoming_invoice 422 of a field/1.kanbert.patch_incoming_invoice#2 crash"
    ),
    "a rule edited while the run that sets the status is interrupted": (
        "silent/1.kanbert.patch_booking answer lost/2.rule_repository.rules rule overwrites"
    ),
    "rules that disagree about what was written, before the status": (
        "ready/1.kanbert.page#2 retitled/2.rule_repository.rules rule overwrites/"
        "2.kanbert.get_incoming_invoice#2 404/3.rule_repository.rules rule that disagrees"
    ),
    "a note of a person's, emptied when its rule holds no more": (
        "silent/1.kanbert.list_incoming_invoices#2 invoice.note = ours/"
        "1.kanbert.patch_booking#2 b1 deleted/3.end invoice.note emptied"
    ),
    "booked in the window, and reopened later": (
        "silent/1.kanbert.page#2 status = booked/2.provenance.put#2 crash/"
        "4.kanbert.incoming_invoice_pdf 429/6.manifest.line crash/"
        "9.kanbert.list_outgoing_invoices status = open"
    ),
    "a line that goes before a look shows what was written there": (
        "silent/1.kanbert.get_incoming_invoice#2 b1 deleted"
    ),
    "a person's own note beside tags that were never sent": (
        "ready/1.provenance.put#2 AWS answer lost/2.kanbert.get_incoming_invoice invoice.note = ours"
    ),
    "an invoice that Kanbert twice says is not there": (
        "silent/1.kanbert.patch_booking 422/7.kanbert.get_incoming_invoice 404/8.kanbert.get_incoming_invoice 404"
    ),
    "the same while its first run is interrupted": (
        "silent/1.kanbert.get_incoming_invoice#3 crash/2.kanbert.page#2 crash/"
        "3.kanbert.get_incoming_invoice 404/4.kanbert.get_incoming_invoice 404"
    ),
    "refused, and booked by a person": (
        "silent/1.kanbert.get_incoming_invoice 404/2.kanbert.list_incoming_invoices#2 status = booked/"
        "2.kanbert.patch_booking 422/2.provenance.put#2 crash"
    ),
    "our value set in doubt, through a run that ended before it knew": (
        "silent/1.kanbert.patch_booking#2 crash/2.kanbert.page 429/"
        "3.kanbert.get_incoming_invoice b2.booking_title = ours"
    ),
    "corrected while it is replaced in doubt": (
        "overwritten/0.provenance.put#2 throttled/1.kanbert.get_incoming_invoice crash/"
        "2.kanbert.get_incoming_invoice b2.account = other"
    ),
    "our value set by a person, not sent, and replaced in doubt": (
        "slow/1.kanbert.page b2.account = ours/1.kanbert.get_incoming_invoice#3 crash/"
        "2.rule_repository.rules rule overwrites"
    ),
}
"""By what happens in it; as `--world` takes it."""
