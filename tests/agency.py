"""A simulated agency: suppliers with habits, people who book by them and err, habits that change, invoices in parts.

Every figure is drawn from the seed. What a habit says of a line is known (`Supplier.habit`), so that rules which were
learned from what people booked can be held beside what these people meant.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final

from tests.fake_kanbert import booking, incoming

ACCOUNTS: Final = {
    "5800": "Fremdleistungen für Projekte",
    "5810": "Freie Mitarbeiter Inland",
    "7320": "Reisekosten: Bahn und Flug",
    "7340": "Reisekosten: Nächtigung",
    "7380": "Telefon und Internet",
    "7385": "Hosting und Domains",
    "7390": "Porto und Zustelldienste",
    "7440": "Lizenzen und Software-Abonnements",
    "7600": "Büromaterial",
    "7650": "Werbung und Marketing",
    "7670": "Repräsentation und Bewirtung",
    "7770": "Aus- und Weiterbildung",
}
PROJECTS: Final = ("p-40", "p-41", "p-42", "p-43")
_WORDS: Final = (
    "Server", "Domain", "Lizenz", "Beratung", "Versand", "Papier", "Schulung", "Anzeige", "Wartung", "Miete",
    "Druck", "Fotografie", "Mobilfunk", "Internet", "Bahnfahrt", "Nächtigung", "Bewirtung", "Werkzeug", "Montage",
)  # fmt: skip
_FILLER: Final = ("laut Angebot", "Leistung", "Abrechnung", "Position", "monatlich", "Auftrag", "diverses")
_SYLLABLES: Final = ("ba", "ke", "lo", "mi", "nu", "ra", "se", "ti", "vo", "wa", "zen", "dor", "fel", "gar", "hul")
_FORMS: Final = ("GmbH", "AG", "e.U.", "KG", "OG", "GmbH & Co KG")
KINDS: Final = ("alone", "alone", "alone", "project", "words", "band", "vat", "split", "change", "none")
"""How suppliers are booked; a third by their name alone."""
NOISE: Final = 0.02
"""Of the lines are booked in another way than the habit says."""


@dataclass(frozen=True)
class Supplier:
    """Who sends invoices, and how the agency books them."""

    name: str
    kind: str
    a_month: float
    accounts: tuple[str, ...]
    words: tuple[str, ...]
    threshold: Decimal
    changed_in: date
    project: str | None

    def habit(self, day: date, word: str, gross: Decimal, vat: int) -> str | None:
        """The account by habit; None where there is none."""
        match self.kind:
            case "alone" | "project":
                return self.accounts[0]
            case "words" | "split":
                return self.accounts[self.words.index(word)]
            case "band":
                return self.accounts[0] if gross < self.threshold else self.accounts[1]
            case "vat":
                return self.accounts[0] if vat == 10 else self.accounts[1]
            case "change":
                return self.accounts[0] if day < self.changed_in else self.accounts[1]
            case _:
                return None


@dataclass(frozen=True)
class Line:
    """What a line is about, and what its habit says."""

    supplier: Supplier
    habit: str | None


class Agency:
    """`truth` has every line that was made, by its id."""

    def __init__(self, seed: int, suppliers: int = 40, *, first: date = date(2025, 1, 1), months: int = 18) -> None:
        self._random = Random(seed)
        self.truth: dict[str, Line] = {}
        self._number = 0
        change = months_later(first, months * 5 // 9)
        self.suppliers = [self._supplier(number, change) for number in range(suppliers)]

    def _supplier(self, number: int, change: date) -> Supplier:
        random = self._random
        name = "".join(random.choices(_SYLLABLES, k=3)).capitalize()
        return Supplier(
            name=f"{name} {number} {random.choice(_FORMS)}",
            kind=KINDS[number % len(KINDS)],
            a_month=max(0.3, 9 / (1 + number % 13)),
            accounts=tuple(random.sample(sorted(ACCOUNTS), 3)),
            words=tuple(random.sample(_WORDS, 3)),
            threshold=Decimal(random.choice((100, 150, 200, 250, 400, 500))),
            changed_in=change,
            project=random.choice(PROJECTS),
        )

    def invoices(
        self, first: date, months: int, *, noise: float = NOISE, busy: float = 1.0
    ) -> Iterator[dict[str, Any]]:
        """Booked invoices of these months, in the order in which they came. `busy` times as many as usual."""
        for month in range(months):
            start = months_later(first, month)
            days = (months_later(start, 1) - start).days
            made = []
            for supplier in self.suppliers:
                expected = supplier.a_month * busy
                for _ in range(int(expected) + (self._random.random() < expected % 1)):
                    day = start + timedelta(days=self._random.randrange(days))
                    made.append((day, self._invoice(supplier, day, noise)))
            yield from (invoice for _, invoice in sorted(made, key=lambda each: (each[0], each[1]["id"])))

    def _invoice(self, supplier: Supplier, day: date, noise: float) -> dict[str, Any]:
        random, self._number = self._random, self._number + 1
        identifier = f"inv{self._number:06}"
        vat = random.choice((10, 20)) if supplier.kind == "vat" else 20
        words = supplier.words if supplier.kind == "split" else (random.choice(supplier.words),)
        values = [Decimal(round(random.lognormvariate(5.2, 0.7) * 100)) / 100 for _ in words]
        net = sum(values, Decimal())
        tax = (net * vat / 100).quantize(Decimal("0.01"))
        gross = net + tax
        lines = []
        for place, (word, value) in enumerate(zip(words, values, strict=True)):
            line_id = f"{identifier}-{place}"
            habit = supplier.habit(day, word, gross, vat)
            self.truth[line_id] = Line(supplier, habit)
            account = habit or random.choice(supplier.accounts)
            if random.random() < noise:
                account = random.choice([each for each in ACCOUNTS if each != account])
            lines.append(
                booking(
                    line_id,
                    title=f"{word} {random.choice(_FILLER)} {day:%m/%Y}",
                    value=value,
                    chart_of_account_id=f"acc-{account}",
                    chart_of_account={"id": f"acc-{account}", "code": account, "title": ACCOUNTS[account]},
                    project_id=supplier.project if supplier.kind == "project" else None,
                )
            )
        came = datetime(day.year, day.month, day.day, 8, tzinfo=UTC) + timedelta(days=1, seconds=self._number % 3600)
        return incoming(
            identifier,
            title=f"{supplier.name} {day:%m/%Y}",
            status="booked",
            invoice_number=f"R-{self._number}",
            sum_net=net,
            sum_tax=tax,
            sum_gross=gross,
            vats=[{"vat": Decimal(vat), "value": tax}],
            supplier={"id": f"sup-{supplier.name.split()[1]}", "name": supplier.name},
            date_of_invoice=f"{day}T00:00:00.000000Z",
            created_at=came.isoformat(),
            updated_at=came.isoformat(),
            bookings=lines,
        )

    def rules(self, every: int = 1) -> list[dict[str, Any]]:
        """The habits of every n-th supplier as rules, as far as a supplier's name says them."""
        found = []
        for number, supplier in enumerate(self.suppliers):
            if number % every == 0 and supplier.kind in ("alone", "project", "change"):
                account = supplier.accounts[-2 if supplier.kind == "change" else 0]
                item = {"rule_id": f"rule-{number}", "when": f'supplier.name = "{supplier.name}"', "account": account}
                found.append(item | {"status": "ready_for_accounting"} if number % 2 else item)
        return found


def months_later(day: date, months: int) -> date:
    """The first of the month so many months later."""
    total = day.year * 12 + day.month - 1 + months
    return date(total // 12, total % 12 + 1, 1)
