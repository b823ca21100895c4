"""Who sent the document: what is labelled as the seller, else the name that letterhead and footer agree on."""

import re
from collections.abc import Iterator, Sequence

from autobook_sim.ocr.labels import below
from autobook_sim.ocr.page import Cell, Line

_FORM = (
    r"(?:GmbH(?: & Co\.? KG)?|GMBH|GesmbH|mbH|AG|KG|OG|OHG|UG|SE|e\. ?U\.|Ltd\.?|Limited|Inc\.?|LLC|PLC|SAS|SARL"
    r"|S\.A\.S\.|S\.A\.|SA|S\.à r\.l\.|B\.V\.|BV|s\.r\.o\.|a\.s\.|Sp\. z o\.o\."
    r"|S\.p\.A\.|S\.r\.l\.|& (?:Fils|Söhne|Sons|Partner))"
)
_COMPANY = re.compile(rf"((?:[^\s,;:]+,? ){{1,6}}?{_FORM})(?=$|[\s,;)])")
_PARTS = re.compile(r" ?[•|·] ?| [-–—−] ")
_SELLER = re.compile(
    r"^(?:verkäufer|lieferant|rechnungssteller|absender|seller|vendor|supplier|service provider|from|vendeur|émetteur"
    r"|fournisseur)\s?:?$",
    re.IGNORECASE,
)
_BUYER = re.compile(
    r"^(?:käufer|kunde|rechnungsempfänger|leistungsempfänger|an|bill(?:ed)? to|invoice to|sold to|customer|client"
    r"|acheteur|destinataire|facturé à|attn)\b",
    re.IGNORECASE,
)
_BANK = re.compile(r"bank|sparkasse|crédit|credit|banque", re.IGNORECASE)
_NO_NAME = re.compile(
    r"rechnung|invoice|facture|gutschrift|credit note|avoir|seite|page|datum|date|@|www|tel|original|\d{3}|:$",
    re.IGNORECASE,
)
_TOWN = re.compile(r"^(?:[A-Z]{1,2}[- ])?\d{2}-?\d{2,3} \w")
_TOP, _BOTTOM = 0.16, 0.86


def supplier_name(lines: Sequence[Line]) -> str | None:
    """The name as printed, with its legal form, or None."""
    if name := _labelled(lines, _SELLER):
        return name[:191]
    buyer = _labelled(lines, _BUYER)
    scores: dict[str, tuple[float, str]] = {}
    usual = sorted(cell.size for line in lines for cell in line.cells)[sum(len(line.cells) for line in lines) // 2]
    for at, line in enumerate(lines):
        for cell in line.cells:
            for name in _names(line, cell, first=at == 0):
                if name == buyer or _BANK.search(name):
                    continue
                score, _ = scores.get(name.casefold(), (0.0, name))
                scores[name.casefold()] = (score + _weight(lines, at, cell, name, usual), name)
    best = max(scores.values(), default=None, key=lambda one: one[0])
    return best[1][:191] if best and best[0] >= 2 else None


def _labelled(lines: Sequence[Line], label: re.Pattern[str]) -> str | None:
    """The name in the block that a label opens."""
    for at, line in enumerate(lines):
        for place, cell in enumerate(line.cells):
            if not label.search(cell.text):
                continue
            for other in lines[at + 1 : at + 5]:
                if len(other.cells) > 1 and other.cells[0].text.casefold().rstrip(": ") in {
                    "name",
                    "firma",
                    "nom",
                    "company",
                }:
                    return other.cells[1].text
            near = [*line.cells[place + 1 : place + 2], *below(lines, at, cell, 4)]
            for text in (near_cell.text for near_cell in near):
                if company := _COMPANY.match(re.sub(r"^ATTN: ", "", text)):
                    return company[1]
    return None


def _names(line: Line, cell: Cell, *, first: bool) -> Iterator[str]:
    for part in _PARTS.split(cell.text):
        if company := _COMPANY.match(part.strip()):
            yield company[1]
            return
    part = _PARTS.split(cell.text)[0].strip(" ,")
    is_letterhead = line.page == 0 and (first or line.depth < _TOP or line.depth > _BOTTOM)
    if is_letterhead and 3 <= len(part) <= 60 and part[0].isupper() and not _NO_NAME.search(part):
        yield part


def _weight(lines: Sequence[Line], at: int, cell: Cell, name: str, usual: float) -> float:
    """How much this place speaks for the name being the sender's."""
    line = lines[at]
    weight = 2.0 if _COMPANY.fullmatch(name) else 0.0
    weight += 1.5 if line.depth < _TOP and line.page == 0 else 0.0
    weight += 1.5 if line.depth > _BOTTOM else 0.0
    weight += 2.0 if cell.size > 1.25 * usual and line.depth < 0.3 else 0.0
    if len(parts := _PARTS.split(cell.text)) > 1 and any(_TOWN.search(part.strip()) for part in parts):
        weight += 3.0  # the sender's line above the window of the envelope
    elif _TOP < line.depth < 0.45 and any(_TOWN.search(under.text) for under in below(lines, at, cell, 4)):
        weight -= 3.0  # a postal address in the window: the recipient's
    return weight
