"""CSV tables as spreadsheets write them, German ones included: any of three separators, `sep=;`, blank rows."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from itertools import chain

from autobook_cli.formats import Malformed
from autobook_cli.formats.spreadsheet import shielded, unshielded

_SEPARATORS = ",;\t"
_SEPARATOR_NAMED = re.compile(r'"?sep=([^"\s]|\t)"?', re.IGNORECASE)
"""Excel's own first line, which is no part of the table."""


def read(text: str) -> list[dict[str, str]]:
    """The rows, by the names in the first line; empty cells are left out and empty rows skipped.

    What `shielded` put before a text is taken off.

    Malformed if there is no row of names, a name stands twice, or a value has no name over it.
    """
    # Not str.splitlines: it also splits at what a cell may hold (U+2028, form feed).
    lines = io.StringIO(text, newline="")
    skipped = 0
    for line in lines:
        if line.strip(" \r\n" + _SEPARATORS):
            break
        skipped += 1
    else:
        raise Malformed("the table is empty")
    if named := _SEPARATOR_NAMED.fullmatch(line.rstrip("\r\n")):
        separator = named[1]
        skipped += 1
        reader = csv.reader(lines, delimiter=separator, strict=True)
    else:
        separator = max(_SEPARATORS, key=line.count)
        reader = csv.reader(chain([line], lines), delimiter=separator, strict=True)
    names: list[str] = []
    rows: list[dict[str, str]] = []
    try:
        begins = skipped + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if names:
                    rows.append(_row(names, cells, begins, separator))
                else:
                    names = _names(cells, begins)
            begins = skipped + reader.line_num + 1
    except csv.Error as error:
        raise Malformed(f"not a valid table at line {begins}: {error}") from None
    if not names:
        raise Malformed("the table is empty")
    return rows


def write(names: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    """A table that comes back the same through a spreadsheet; with the mark by which Excel knows UTF-8."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([shielded(row.get(name, "")) for name in names] for row in rows)
    return f"\ufeff{written.getvalue()}"


def _names(cells: list[str], line: int) -> list[str]:
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    for number, name in enumerate(names):
        if name and name in names[:number]:
            raise Malformed(f'line {line} names the column "{name[:60]}" twice')
    return names


def _row(names: list[str], cells: list[str], line: int, separator: str) -> dict[str, str]:
    row: dict[str, str] = {}
    for number, cell in enumerate(cells):
        if not cell.strip():
            continue
        if number >= len(names):
            quote = f"quote texts with a {'tab' if separator == '\t' else separator}"
            raise Malformed(f"line {line} has more cells than the first line names ({quote})")
        if not names[number]:
            raise Malformed(f"line {line} has a value in column {number + 1}, which has no name")
        row[names[number]] = unshielded(cell)
    return row
