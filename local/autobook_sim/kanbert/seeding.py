"""What a Kanbert account holds before the first invoice: the accounts, clients, projects and people of an agency."""

from typing import Any, Final

from autobook_sim.kanbert.master_data import account, client, project
from autobook_sim.kanbert.store import Store
from autobook_sim.kanbert.wire import Record, stamp

ACCOUNTS: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    ("5010", "Waren und Material", ("Druckpapier", "Merchandising")),
    ("5400", "Material für Produktionen", ("Requisiten", "Ausstattung")),
    ("5800", "Fremdleistungen für Projekte", ("Produktion", "Druck", "Fotografie", "Übersetzung")),
    ("5810", "Freie Mitarbeiter Inland", ("Text", "Grafik", "Entwicklung")),
    ("5820", "Freie Mitarbeiter EU (Reverse Charge)", ("Text", "Grafik", "Entwicklung")),
    ("5830", "Fremdleistungen Drittland", ("Entwicklung", "Lizenzen")),
    ("7020", "Geringwertige Wirtschaftsgüter", ("Hardware", "Möbel")),
    ("7170", "Gebühren und Abgaben", ("Behörden", "Kammerumlage")),
    ("7200", "Instandhaltung und Wartung", ("Büro", "Technik")),
    ("7230", "Reinigung", ("Büro",)),
    ("7240", "Strom, Gas, Wasser", ("Strom", "Heizung", "Wasser")),
    ("7320", "Reisekosten: Bahn und Flug", ("Bahn", "Flug")),
    ("7330", "Kfz-Aufwand", ("Treibstoff", "Leasing", "Parken")),
    ("7340", "Reisekosten: Nächtigung", ("Inland", "Ausland")),
    ("7350", "Diäten", ("Inland", "Ausland")),
    ("7380", "Telefon und Internet", ("Mobilfunk", "Festnetz", "Internet")),
    ("7385", "Hosting und Domains", ("Server", "Domains", "CDN")),
    ("7390", "Porto und Zustelldienste", ("Post", "Botendienst")),
    ("7400", "Miete und Betriebskosten", ("Büro", "Lager")),
    ("7410", "Leasing", ("IT", "Kfz")),
    ("7440", "Lizenzen und Software-Abonnements", ("Adobe", "Microsoft", "Sonstige")),
    ("7600", "Büromaterial", ("Papier", "Kleinmaterial")),
    ("7630", "Fachliteratur und Zeitungen", ("Abonnements", "Bücher")),
    ("7650", "Werbung und Marketing", ("Online", "Print", "Messe")),
    ("7670", "Repräsentation und Bewirtung", ("Bewirtung", "Geschenke")),
    ("7700", "Versicherungen", ("Haftpflicht", "Sachversicherung")),
    ("7750", "Rechts- und Beratungsaufwand", ("Recht", "Steuer")),
    ("7770", "Aus- und Weiterbildung", ("Kurse", "Konferenzen")),
    ("7780", "Mitgliedsbeiträge", ("Verbände",)),
    ("7790", "Spesen des Geldverkehrs", ("Bank", "Zahlungsdienste")),
    ("7850", "Sonstiger Aufwand", ("Sonstiges",)),
)
"""Code, title, positions; after the Austrian standard chart of accounts."""

CLIENTS: Final = (
    ("Alpenmilch Genossenschaft", "ALPEN"),
    ("Donau Versicherungsmakler GmbH", "DONAU"),
    ("Grünwald Möbel GmbH & Co KG", "GRUEN"),
    ("Hafen Hamburg Logistik AG", "HAFEN"),
    ("Museum für Zeitgenössische Kunst", "MUSEUM"),
    ("Nordlicht Energie GmbH", "NORD"),
    ("Stadtwerke Linz", "LINZ"),
    ("Intern", "INT"),
)
PROJECTS: Final = (
    ("P-40", "Markenauftritt 2026", 0),
    ("P-41", "Molkerei-Website", 0),
    ("P-42", "Kampagne Frühling", 1),
    ("P-43", "Maklerportal", 1),
    ("P-44", "Katalog Herbst", 2),
    ("P-45", "Onlineshop", 2),
    ("P-46", "Hafentage", 3),
    ("P-47", "Ausstellung »Weiß«", 4),
    ("P-48", "Tarifrechner", 5),
    ("P-49", "Geschäftsbericht", 6),
    ("P-50", "Kundenmagazin", 6),
    ("P-1", "Agentur intern", 7),
)
PEOPLE: Final = (
    ("Anna", "Berger", "anna.berger@agentur.example", "user"),
    ("Jörg", "Müller", "joerg.mueller@agentur.example", "user"),
    ("Schnittstelle", "Autobook", "autobook@agentur.example", "integration"),
)
PAYMENT_ACCOUNTS: Final = ("Girokonto Erste Bank", "Kreditkarte", "Handkasse")


def seed(store: Store) -> None:
    """Fill an empty store."""
    now = stamp(store.clock())
    space = {"id": store.new_id("space"), "name": "Agentur"}
    for first, last, email, kind in PEOPLE:
        person = {"first_name": first, "last_name": last, "email": email, "type": kind, "space": space}
        store.add("users", {"id": store.new_id("user"), **person, "_external_id": None})
    store.me = list(store.tables["users"])[-1]
    for title in PAYMENT_ACCOUNTS:
        store.add("payment_accounts", {"id": store.new_id("payment_account"), "title": title})
    for code, title, positions in ACCOUNTS:
        store.add("chart_of_accounts", account(store, code, title, positions, now))
    for name, shortcode in CLIENTS:
        owner = store.add("clients", client(store, name, shortcode))
        store.add("companies", _company(store, owner, now))
    clients = list(store.all("clients"))
    project_type: Record = {
        "id": store.new_id("project_type"),
        "title": "Auftrag",
        "shortcode": "A",
        "color": "#3366cc",
        "order": 1,
        "is_default": True,
    }
    for shortcode, title, at in PROJECTS:
        store.add("projects", project(store, shortcode, title, clients[at], project_type))


_COMPANY_TEXTS = (
    "external_id", "external_origin", "vendor_identifier", "tax_uid", "iban", "bic", "email", "email_general",
    "phone", "fax", "homepage", "person_attention_to", "address_invoice_title", "address_invoice_house",
    "address_invoice_street2", "address_invoice_state", "delivery_person_attention_to", "address_delivery_title",
    "address_delivery_street", "address_delivery_house", "address_delivery_street2", "address_delivery_zip",
    "address_delivery_state", "address_delivery_town",
)  # fmt: skip


def _company(store: Store, client: Record, now: str) -> Record:
    texts: dict[str, Any] = dict.fromkeys(_COMPANY_TEXTS)
    austria = {"id": store.new_id("country"), "name": "Österreich", "code": "AT"}
    return texts | {
        "id": store.new_id("company"),
        "company_name": client["name"],
        "locale": "de",
        "taxation_enabled": True,
        "invoices_by_post": False,
        "invoices_by_email": True,
        "business_field": {"id": store.new_id("business_field"), "name": "Dienstleistung"},
        "company_size": {"id": store.new_id("tag"), "title": "50-249"},
        "company_revenue": None,
        "address_invoice_street": "Hauptstraße 1",
        "address_invoice_zip": "1010",
        "address_invoice_town": "Wien",
        "address_invoice_country": austria,
        "address_invoice_is_delivery": True,
        "address_delivery_country": None,
        "client": client,
        "custom_fields": {},
        "created_at": now,
        "updated_at": now,
        "deleted_at": None,
    }
