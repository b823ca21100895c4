"""Kanbert's master data, as far as invoices name it: projects, clients; and webhook subscriptions.

`ClientData`, `ProjectData` and the objects in them are documented (docs/kanbert-api.md, "Outgoing invoices"), and so is
`ChartOfAccountData` (incoming.py). `TagData` of projects, `TeamMemberData` and webhook subscriptions are named by the
reference without their fields (docs/kanbert-api.md, "Master data", "Webhooks"), so everything but the id is optional.
"""

from pydantic import Field

from autobook.domain.kanbert.incoming import Space, User
from autobook.domain.kanbert.reading import KanbertModel
from autobook.domain.kanbert.values import Id, Text, Timestamp

type CustomFields = dict[str, str | bool | int | None]
"""A custom field's name to its value."""


class Client(KanbertModel):
    """`ClientData`."""

    id: Id
    external_id: Text | None = None
    """Identifier in an external system, unique."""
    external_origin: Text | None = None
    """The external system, where the client came from one."""
    name: Text | None = None
    shortcode: Text | None = None
    primary_contact: User | None = None
    origin_space: Space | None = None
    """The space that the client is shared from; None where it is not shared."""


class ProjectType(KanbertModel):
    """`ProjectTypeData`."""

    id: Id
    title: Text | None = None
    shortcode: Text | None = None
    color: str | None = None
    order: int | None = None
    is_default: bool | None = None


class ProjectTag(KanbertModel):
    """`ProjectTagData`: the reference names the object but none of its fields."""


class TeamMember(KanbertModel):
    """`TeamMemberData`: the reference names the object but none of its fields."""


class Project(KanbertModel):
    """`ProjectData`."""

    id: Id
    external_id: Text | None = None
    """Identifier in an external system, unique."""
    external_origin: Text | None = None
    """The external system, where the project came from one."""
    title: Text | None = None
    shortcode: Text | None = None
    """Such as `P-42`."""
    po_number: Text | None = None
    """Purchase order."""
    project_type: ProjectType | None = None
    status: str | None = None
    is_acquisition: bool | None = None
    is_private: bool | None = None
    start_date: str | None = None
    """A date without a time (`2026-01-31`), left as it is written."""
    end_date: str | None = None
    """As `start_date`."""
    client: Client | None = None
    tags: tuple[ProjectTag, ...] | None = None
    custom_fields: CustomFields | tuple[()] = Field(default_factory=dict)
    """An empty PHP array is written `[]`, not `{}`."""
    origin_space: Space | None = None
    """The space that the project is shared from; None where it is not shared."""
    team: tuple[TeamMember, ...] | None = None
    guests: tuple[TeamMember, ...] | None = None
    computed_fields: dict[str, object] | tuple[()] | None = None


class WebhookSubscription(KanbertModel):
    """A webhook subscription. Only `url`, `is_active` and `created_at` are known to exist."""

    id: Id | None = None
    url: str | None = None
    is_active: bool | None = None
    events: tuple[str, ...] | None = None
    created_at: Timestamp | None = None
