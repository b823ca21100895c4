"""Outgoing invoices and plans to look at: the API itself can create neither line items nor plans."""

from decimal import Decimal

from autobook_sim.kanbert.outgoing import Item, invoice, master_plan
from autobook_sim.kanbert.store import Store


def add_examples(store: Store) -> None:
    """Three invoices and two plans, one of them with its first partial invoice."""
    clients, projects = list(store.all("clients")), list(store.all("projects"))
    concept = Item(
        "Konzept und Beratung", Decimal("120.00"), Decimal(16), discount=Decimal(5), purchase=Decimal("65.00")
    )
    design = Item("Grafik", Decimal("95.00"), Decimal("24.5"), purchase=Decimal("50.00"))
    hosting = Item("Hosting", Decimal("29.90"), Decimal(12), exclude_from_discount=True)
    invoice(
        store,
        title="Kampagne Frühling, Teil 1",
        client=clients[1],
        project=projects[2],
        number="2026-0001",
        items=(concept, design, hosting),
        discount=Decimal(3),
        costs=(("Druckerei", Decimal("480.00")), ("Fotografie", Decimal("1250.00"))),
    )
    invoice(
        store,
        title="Beratung (Reverse Charge)",
        client=clients[3],
        project=projects[6],
        number="2026-0002",
        items=(concept,),
        taxed=False,
    )
    plan = master_plan(
        store,
        title="Onlineshop in drei Teilen",
        kind="once",
        client=clients[2],
        project=projects[5],
        items=(concept, design),
        discount=Decimal(2),
        costs=(("Schriftlizenz", Decimal("199.00")),),
    )
    invoice(
        store,
        title="Onlineshop, Teilrechnung",
        client=clients[2],
        project=projects[5],
        number=None,
        items=(concept, design),
        discount=Decimal(2),
        master=plan,
        part=(1, 3),
    )
    master_plan(store, title="Hosting monatlich", kind="recurring1", client=clients[0], items=(hosting,))
