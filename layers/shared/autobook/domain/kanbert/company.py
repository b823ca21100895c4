"""The company that an outgoing invoice is addressed to (docs/kanbert-api.md, "Outgoing invoices": `CompanyData`)."""

from pydantic import Field

from autobook.domain.kanbert.master_data import Client, CustomFields
from autobook.domain.kanbert.reading import KanbertModel
from autobook.domain.kanbert.values import Id, Text, Timestamp


class BusinessField(KanbertModel):
    """`BusinessFieldData`."""

    id: Id
    name: Text | None = None


class Tag(KanbertModel):
    """`TagData`."""

    id: Id
    title: Text | None = None


class Country(KanbertModel):
    """`CountryData`."""

    id: Id
    name: Text | None = None
    code: str | None = None
    """ISO 3166-1 alpha-2."""


class Contact(KanbertModel):
    """`ContactData`: the reference names the object but none of its fields."""


class ContactCompany(KanbertModel):
    """`ContactCompanyPivotData`: the reference names the object but none of its fields."""


class Company(KanbertModel):
    """`CompanyData`."""

    id: Id
    external_id: Text | None = None
    """Identifier in an external system, unique."""
    external_origin: Text | None = None
    """The external system, where the company came from one."""
    vendor_identifier: Text | None = None
    company_name: Text | None = None
    locale: str | None = None
    tax_uid: Text | None = None
    taxation_enabled: bool | None = None
    """False for reverse charge."""
    iban: Text | None = None
    bic: Text | None = None
    email: Text | None = None
    email_general: Text | None = None
    phone: Text | None = None
    fax: Text | None = None
    homepage: str | None = None
    """As Kanbert keeps it. Never followed."""
    invoices_by_post: bool = False
    invoices_by_email: bool = False
    business_field: BusinessField | None = None
    company_size: Tag | None = None
    company_revenue: Tag | None = None
    person_attention_to: Text | None = None
    address_invoice_title: Text | None = None
    address_invoice_street: Text | None = None
    address_invoice_house: Text | None = None
    address_invoice_street2: Text | None = None
    address_invoice_zip: Text | None = None
    address_invoice_state: Text | None = None
    address_invoice_town: Text | None = None
    address_invoice_country: Country | None = None
    address_invoice_is_delivery: bool | None = None
    delivery_person_attention_to: Text | None = None
    address_delivery_title: Text | None = None
    address_delivery_street: Text | None = None
    address_delivery_house: Text | None = None
    address_delivery_street2: Text | None = None
    address_delivery_zip: Text | None = None
    address_delivery_state: Text | None = None
    address_delivery_town: Text | None = None
    address_delivery_country: Country | None = None
    client: Client | None = None
    tags: tuple[Tag, ...] | None = None
    contacts: tuple[Contact, ...] | None = None
    custom_fields: CustomFields | tuple[()] = Field(default_factory=dict)
    """An empty PHP array is written `[]`, not `{}`."""
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    deleted_at: Timestamp | None = None
    contact_company: ContactCompany | None = None
    """Present where the company was reached through a contact, or the other way round."""
