"""VAT lines and sums. Only a net, tax and gross that add up are believed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise, product

from autobook_sim.ocr.amounts import amounts, rates, without_currency
from autobook_sim.ocr.page import Line

type VatLine = tuple[Decimal, Decimal]
"""(rate in percent, tax)"""

_CENT = Decimal("0.01")
_MOST = 40  # candidates of a kind that are combined
_SENTENCE = 90  # characters: what is longer is prose, not a label


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_OTHER = _words(r"skonto|rabatt|anzahlung|zuschl|abschl|position|übertrag|discount|deposit|remise|acompte|mahn")
_GROSS = _words(r"brutto|\bttc\b|\binkl|\bincl|à payer|toutes taxes|\bgross\b")
_NET = _words(
    r"netto|\bnet\b|\bht\b|hors tax|\bohne (?:ust|mwst|umsatz|mehrwert)|\bexkl|\bexcl|before"
    r"|zwischensumme|sub-?total|sous-total"
)
_TAX = _words(r"\bu\.?st\b|umsatzsteuer|mwst|mehrwertsteuer|steuerbetrag|\bvat\b|\btva\b|\btax\b|\bgst\b")
_PAYABLE = _words(
    r"gesamt(?:betrag|summe)|(?:rechnungs|end|zahl|gutschrifts)betrag|(?:amount|total) due|grand total|zu zahlen"
)
_TOTAL = _words(r"\btotal\b|\bsumme\b|\bgesamt\b|\bsomme\b|\bmontant\b")
_NO_TAX = _words(
    r"reverse.?charge|steuerschuld(?:nerschaft)?.{0,60}(?:leistungsempfänger|übergang|geht)|übergang der steuerschuld"
    r"|autoliquidation|kleinunternehmer|umsatzsteuerfrei|vat.exempt|exonéré de tva|tva non applicable"
)


@dataclass(frozen=True, slots=True)
class Sums:
    """What the document says, None where it does not. Signs as printed."""

    vats: tuple[VatLine, ...] = ()
    net: Decimal | None = None
    tax: Decimal | None = None
    gross: Decimal | None = None


@dataclass(slots=True)
class _Found:
    """Candidates as (weight, amount); later ones of the same weight win."""

    net: list[tuple[int, Decimal]] = field(default_factory=list)
    tax: list[tuple[int, Decimal]] = field(default_factory=list)
    gross: list[tuple[int, Decimal]] = field(default_factory=list)
    labelled_vats: list[VatLine] = field(default_factory=list)
    table_vats: list[VatLine] = field(default_factory=list)


def read_sums(lines: Sequence[Line]) -> Sums:
    """VAT breakdown and sums of the whole document, all or none; a third that is not printed is computed."""
    found = _Found()
    for line in lines:
        for label, values in _groups(line.text):
            _classify(found, label, values)
    if (
        any(_NO_TAX.search(line.text) for line in lines)
        and not any(v for _, v in found.tax)
        and not found.labelled_vats
    ):
        found.tax.append((1, Decimal("0.00")))
        found.labelled_vats.append((Decimal(0), Decimal("0.00")))
    labelled, table = _distinct(found.labelled_vats), _distinct(found.table_vats)
    found.tax.extend((2, sum((v for _, v in vats), Decimal(0))) for vats in (table, labelled) if vats)
    net, tax, gross = _choose(found, (*labelled, *table))
    vats = labelled if not table or _adds_up(labelled, tax) or not _adds_up(table, tax) else table
    return consistent(vats, net, tax, gross)


def _groups(text: str) -> Iterator[tuple[str, list[Decimal]]]:
    """The amounts of a line under the label before them; figures alone (a rate in a column) go with the label."""
    label, end = "", 0
    values: list[Decimal] = []
    for printed in amounts(text):
        words = without_currency(text[end : printed.start])
        if not label or (re.search(r"[^\W\d_]{2}", words) and values):
            if values:
                yield label, values
            label, values = words, []
        else:
            label += " " + words
        values.append(printed.value)
        end = printed.end
    if values:
        tail = text[end:].strip()
        yield (f"{label} {tail}" if re.match(r"(?:€ ?|EUR ?)?(?:TTC|HT)\b", tail) else label), values


def _classify(found: _Found, label: str, values: list[Decimal]) -> None:
    if len(label) > _SENTENCE or _OTHER.search(label):
        return
    is_gross, is_net, is_tax = (bool(kind.search(label)) for kind in (_GROSS, _NET, _TAX))
    is_vat = is_tax and not is_gross and not (is_net and len(values) == 1 and not rates(label))
    if vat := _vat_line(label, values, is_vat):
        (found.labelled_vats if is_vat else found.table_vats).append(vat)
        return
    last, total = values[-1], bool(_PAYABLE.search(label) or _TOTAL.search(label))
    if len(values) >= 3 and (total or is_gross) and values[-3] + values[-2] == last:
        found.net.append((3, values[-3]))
        found.tax.append((3, values[-2]))
        found.gross.append((3, last))
    elif is_gross:
        found.gross.append((3, last))
    elif is_net:
        found.net.append((3, last))
    elif is_tax:
        found.tax.append((2, last))
    elif total:
        found.gross.append((2 if _PAYABLE.search(label) else 1, last))


def _vat_line(label: str, values: list[Decimal], is_vat: bool) -> VatLine | None:
    named = rates(label)
    if not named and is_vat and len(values) > 1:
        named = [Decimal(n) for n in re.findall(r"(?<![\d.,])\d{1,2}(?![\d.,])", label)]
    for rate in named:
        for base, tax in pairwise(values):
            if abs(base * rate / 100 - tax) <= 2 * _CENT:
                return rate, tax
    if is_vat and len(named) == 1 and len(values) == 1:
        return named[0], values[0]
    return None


def _distinct(vats: list[VatLine]) -> tuple[VatLine, ...]:
    return tuple(sorted(set(vats[:_MOST])))


def _adds_up(vats: tuple[VatLine, ...], tax: Decimal | None) -> bool:
    return bool(vats) and tax is not None and sum((v for _, v in vats), Decimal(0)) == tax


def consistent(vats: tuple[VatLine, ...], net: Decimal | None, tax: Decimal | None, gross: Decimal | None) -> Sums:
    """These sums if they add up, else none: a figure that contradicts another, or that nothing confirms, is a guess."""
    if net is None or tax is None or gross is None or net + tax != gross:
        return Sums()
    # Lines of a single position, or a misreading: better none than wrong ones.
    return Sums(vats if _adds_up(vats, tax) else (), net, tax, gross)


def _choose(found: _Found, vats: Sequence[VatLine]) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Net, tax and gross that are printed and add up; or two that are certain, where the third is not printed."""
    kinds = [kind[-_MOST:] for kind in (found.net, found.tax, found.gross)]
    added_up = [
        (n[0] + t[0] + g[0], i, n[1], t[1], g[1]) for i, (n, t, g) in enumerate(product(*kinds)) if n[1] + t[1] == g[1]
    ]
    if added_up:
        _, _, net_, tax_, gross_ = max(added_up)
        return net_, tax_, gross_
    nets, taxes, grosses = ({value for _, value in kind} for kind in kinds)
    if not nets:
        triples = {(gross - tax, tax, gross) for tax, gross in product(taxes, grosses)}
    elif not taxes:
        triples = {(net, gross - net, gross) for net, gross in product(nets, grosses)}
    elif not grosses:
        triples = {(net, tax, net + tax) for net, tax in product(nets, taxes)}
    else:
        return None, None, None  # all are printed, and contradict each other
    if len(triples) > 1:
        triples = {each for each in triples if _taxed(each[0], each[1], vats)}
    return next(iter(triples)) if len(triples) == 1 else (None, None, None)


def _taxed(net: Decimal, tax: Decimal, vats: Sequence[VatLine]) -> bool:
    """Whether a rate that is printed makes this tax of this net."""
    return any(abs(net * rate / 100 - tax) <= _CENT for rate, _ in vats)
