"""The invoices of the past: read from Kanbert or from files, as they would be unbooked, and as people booked them.

    for entry in history.entries():
        invoice = unbooked(entry)              # what rules would have found
        booked = BookedByPeople(entry, names)  # what people made of it

Reads only. What is held at a time is a page of Kanbert's list, or one file.
"""

from autobook_cli.history.booked import COMPARED, BookedByPeople, BookedValue
from autobook_cli.history.earlier import EarlierInvoices
from autobook_cli.history.entry import Entry, History, arrival, blank_record, day_of, unbooked
from autobook_cli.history.files import FileHistory
from autobook_cli.history.kanbert import KanbertHistory
from autobook_cli.history.names import Named, Names, RememberedCodes
from autobook_cli.history.patience import Patience

__all__ = [
    "COMPARED",
    "BookedByPeople",
    "BookedValue",
    "EarlierInvoices",
    "Entry",
    "FileHistory",
    "History",
    "KanbertHistory",
    "Named",
    "Names",
    "Patience",
    "RememberedCodes",
    "arrival",
    "blank_record",
    "day_of",
    "unbooked",
]
