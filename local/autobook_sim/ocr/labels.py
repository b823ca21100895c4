"""What stands beside or under a label: number, dates, period, subject. German, English and French."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from autobook_sim.ocr.dates import dates, ranges, whole_month
from autobook_sim.ocr.page import Cell, Line


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_TOKEN = re.compile(r"[:#.\s]*((?=[\w./-]*\d)\w[\w./-]{1,39})(?!\w)")
_KIND = r"(?:\w*rechnung|\w*gutschrift|beleg|invoice|credit[ ]note|facture|avoir|receipt)"
_NUMBER = (
    _words(
        r"\b(?:rechnungs?|gutschrifts?|beleg)[- ]?(?:nummer|nr\b\.?|no\b\.?)",
        r"\b(?:invoice|credit[ ]note|document)[ ]?(?:number|no\b\.?|nr\b\.?|id\b|\#)",
        r"\b(?:facture|avoir)[ ]?(?:n[°ºo]|numéro|\#)",
        r"\bnuméro[ ]de[ ](?:la[ ])?facture",
        r"\bn[°º][ ](?:de[ ])?(?:facture|l['’]avoir)",
    ),
    _words(rf"^{_KIND}\b[^:]{{0,60}}?\b(?:nr\b\.?|no\b\.?|n°|\#)"),
    _words(rf"^{_KIND}\b"),
)
_ISSUED = (
    _words(
        r"\b(?:rechnungs|gutschrifts|beleg|ausstellungs)[- ]?datum",
        r"\b(?:invoice|issue|credit[ ]note)[ ]date|\bdate[ ]of[ ](?:issue|invoice)|\bissued(?:[ ]on)?\b",
        r"\bdate[ ](?:de[ ](?:la[ ])?facture|de[ ]facturation|d['’](?:émission|avoir))|\bémise?[ ]le\b",
    ),
    _words(rf"^{_KIND}\b[^:]{{0,60}}?\b(?:vom|du|dated|of)\b"),
    _words(r"^(?:datum|date)\b", r"^\w+,[ ](?:am|den|le)?\b"),
)
_DUE = (
    _words(
        r"\bfällig(?:keit)?(?:sdatum)?(?:[ ]am|[ ]bis)?",
        r"\bzahlungsziel",
        r"\b(?:zahlbar|überweisen|zahlen|begleichen|abgebucht|eingezogen)\b[^.:]{0,60}?\b(?:bis|am)(?:[ ]zum)?\b",
        r"\b(?:payment[ ]due|due[ ]date|due[ ]on|due[ ]by|pay[ ]by|payable[ ](?:by|until))(?:[ ]date)?",
        r"\b(?:date[ ]limite[ ]de[ ]paiement|(?:date[ ]d['’])?échéance|à[ ](?:payer|régler)[ ]avant)(?:[ ]le)?",
    ),
)
_DAYS = re.compile(
    r"\b(?:zahlbar|zahlung|zahlungsziel|payable|payment|paiement)\b[^.%]{0,40}?"
    r"\b(?:innerhalb(?: von)?|within|sous|à|in)\s"
    r"(\d{1,3})\s(?:tagen|tage|days|jours)\b",
    re.IGNORECASE,
)
_PERIOD = _words(
    r"\b(?:leistungs|abrechnungs|liefer|verrechnungs|rechnungs)?-?zeitraum",
    r"\b(?:billing|service|invoice)[ ]period(?:[ ]of)?",
    r"\bperiod\b",
    r"\bpériode(?:[ ]de[ ]facturation|[ ]du)?",
)
_PERFORMED = _words(
    r"\b(?:liefer|leistungs)-?[ ]?(?:und[ ]leistungs|/leistungs)?datum",
    r"\bdate[ ]of[ ](?:supply|service)|\bdate[ ]de[ ](?:livraison|prestation)",
)
_SUBJECT = _words(r"^(?:betreff|betrifft|objet|subject|re)\s?:")


def beside(lines: Sequence[Line], label: re.Pattern[str]) -> Iterator[str]:
    """What may belong to a label: the rest of its cell, the cell on its right, or the one under it."""
    for at, line in enumerate(lines):
        for place, cell in enumerate(line.cells):
            match = label.search(cell.text)
            if match is None:
                continue
            if rest := cell.text[match.end() :].strip(" :.\t"):
                yield rest
            elif place + 1 < len(line.cells):
                yield line.cells[place + 1].text
            if match.end() >= len(cell.text.rstrip(" :.")):
                yield from (under.text for under in below(lines, at, cell, 1))


def below(lines: Sequence[Line], at: int, cell: Cell, count: int) -> Iterator[Cell]:
    """The cells under a cell, in at most `count` lines further down the same page."""
    for line in lines[at + 1 : at + 1 + count]:
        if line.page == lines[at].page:
            yield from (other for other in line.cells if other.left < cell.right and other.right > cell.left)


def invoice_number(lines: Sequence[Line]) -> str | None:
    """The first word with a digit behind a label."""
    for label in _NUMBER:
        for text in beside(lines, label):
            match = _TOKEN.match(text)
            if match and not any(found.start <= match.start(1) for found in dates(text)):
                return match[1].rstrip("./-")
    return None


def _labelled(lines: Sequence[Line], labels: Sequence[re.Pattern[str]]) -> date | None:
    for label in labels:
        for text in beside(lines, label):
            if (found := next(dates(text[:40]), None)) and found.start <= 20:
                return found.value
    return None


def date_of_invoice(lines: Sequence[Line]) -> date | None:
    """The day of issue."""
    return _labelled(lines, _ISSUED)


def due_date(lines: Sequence[Line], issued: date | None) -> date | None:
    """The day printed, or the day of issue and the days printed (`zahlbar innerhalb von 14 Tagen`)."""
    if (day := _labelled(lines, _DUE)) or issued is None:
        return day
    days = next((match for line in lines if (match := _DAYS.search(line.text))), None)
    return issued + timedelta(days=int(days[1])) if days else None


def period(lines: Sequence[Line]) -> tuple[date | None, date | None]:
    """First and last day of service; a single day is both. Without a label only if the document names one range."""
    for text in beside(lines, _PERIOD):
        if found := next(ranges(text), None) or whole_month(text):
            return found
    for text in beside(lines, _PERFORMED):
        if range_ := next(ranges(text), None):
            return range_
        if (day := next(dates(text[:40]), None)) and day.start <= 20:
            return day.value, day.value
    everywhere = {found for line in lines for found in ranges(line.text)}
    return next(iter(everywhere)) if len(everywhere) == 1 else (None, None)


def subject(lines: Sequence[Line]) -> str | None:
    """What the document says it is about (`Betreff:`, `Objet :`, `Subject:`)."""
    return next((text[:191] for text in beside(lines, _SUBJECT)), None)
