"""The settings of each function: one model per function, read from the environment that template.yaml gives it.

Dataclasses of the standard library rather than a settings library: `receive` reads its own while Kanbert waits.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal, Self, cast, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

type Jurisdiction = Literal["AT", "DE", "CH"]
type LockMode = Literal["GOVERNANCE", "COMPLIANCE"]
type BrakeMode = Literal["apply", "suggest"]


class BadSettings(Exception):
    """An environment variable is missing or invalid; the message names it and what it should be."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of every function. Each field is read from the environment variable of its name in capitals."""

    log_level: str
    metrics_namespace: str
    """The stack's own, so that its alarms watch no other stack."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read and check every variable; raises BadSettings."""
        given = os.environ if environment is None else environment
        values = {field.name: _read(given, field.name.upper()) for field in fields(cls)}
        settings = cls(**values)
        settings.check()
        return settings

    def check(self) -> None:
        """Raise BadSettings for an invalid value."""
        _one_of("LOG_LEVEL", self.log_level, ("DEBUG", "INFO", "WARN", "ERROR"))


@dataclass(frozen=True, slots=True)
class ReceiveSettings(Settings):
    """Settings of the `receive` function."""

    webhook_secret_id: str
    signature_header: str
    documents_queue_url: str


@dataclass(frozen=True, slots=True)
class ConsumerSettings(Settings):
    """Settings of the functions that consume a queue of documents or events and ask Kanbert about them."""

    api_secret_id: str
    kanbert_base_url: str
    time_zone: str
    dead_letters_queue_url: str
    provenance_table: str

    @property
    def zone(self) -> ZoneInfo:
        """The account's time zone."""
        return ZoneInfo(self.time_zone)

    def check(self) -> None:
        """Raise BadSettings for an invalid value."""
        Settings.check(self)
        _time_zone("TIME_ZONE", self.time_zone)


@dataclass(frozen=True, slots=True)
class ProcessSettings(ConsumerSettings):
    """Settings of the `process` function."""

    mode: str
    events_topic_arn: str
    history_table: str
    event_source: str
    documents_queue_url: str
    rules_table: str
    duplicate_guard: str
    amount_guard: str

    @property
    def holds_rules(self) -> bool:
        """True if every rule is held at `suggest`."""
        return self.mode == "suggest"

    @property
    def looks_for_duplicates(self) -> bool:
        """True if the guard against duplicates is on."""
        return self.duplicate_guard == "on"

    @property
    def amount_tolerance(self) -> int | None:
        """Percent by which an amount may leave the span of the supplier's last invoices; None if the guard is off."""
        return None if self.amount_guard == "off" else int(self.amount_guard)

    def check(self) -> None:
        """Raise BadSettings for an invalid value."""
        ConsumerSettings.check(self)
        _one_of("MODE", self.mode, get_args(BrakeMode.__value__))
        _one_of("DUPLICATE_GUARD", self.duplicate_guard, ("on", "off"))
        percent = self.amount_guard.isascii() and self.amount_guard.isdigit()
        if self.amount_guard != "off" and not percent:
            raise BadSettings(f"AMOUNT_GUARD is {self.amount_guard!r}, not off or a number of percent")


@dataclass(frozen=True, slots=True)
class ArchiveSettings(ConsumerSettings):
    """Settings of the `archive` function."""

    events_topic_arn: str
    history_table: str
    event_source: str
    archive_queue_url: str
    archive_bucket: str
    incoming_pdf: str
    jurisdiction: str
    object_lock_mode: str

    @property
    def lock_mode(self) -> LockMode:
        """S3 Object Lock's mode."""
        return cast("LockMode", self.object_lock_mode)

    def check(self) -> None:
        """Raise BadSettings for an invalid value."""
        ConsumerSettings.check(self)
        _one_of("INCOMING_PDF", self.incoming_pdf, ("true", "false"))
        _one_of("JURISDICTION", self.jurisdiction, get_args(Jurisdiction.__value__))
        _one_of("OBJECT_LOCK_MODE", self.object_lock_mode, get_args(LockMode.__value__))


@dataclass(frozen=True, slots=True)
class ExportHypatosSettings(ConsumerSettings):
    """Settings of the `export_hypatos` function."""

    export_queue_url: str
    hypatos_secret_id: str
    hypatos_base_url: str
    hypatos_token_url: str
    hypatos_parameters: str
    """JSON, see domain/hypatos/parameters.py."""


@dataclass(frozen=True, slots=True)
class ExportBillomatSettings(ConsumerSettings):
    """Settings of the `export_billomat` function."""

    export_queue_url: str
    incoming_pdf: str
    billomat_secret_id: str
    billomat_base_url: str
    billomat_mappings_table: str
    billomat_parameters: str
    """JSON, see domain/billomat/parameters.py."""

    def check(self) -> None:
        """Raise BadSettings for an invalid value."""
        ConsumerSettings.check(self)
        _one_of("INCOMING_PDF", self.incoming_pdf, ("true", "false"))


@dataclass(frozen=True, slots=True)
class RedriveBillomatSettings(Settings):
    """Settings of the `redrive_billomat` function."""

    export_queue_url: str
    dead_letters_queue_url: str
    billomat_mappings_table: str


@dataclass(frozen=True, slots=True)
class TopicArchiveSettings(Settings):
    """Settings of the `topic_archive` function: what it does is in the requests of CloudFormation."""


@dataclass(frozen=True, slots=True)
class ScheduleSettings(Settings):
    """Settings of the functions that compare Kanbert with provenance on a schedule: `sweep` and `reconcile`."""

    api_secret_id: str
    kanbert_base_url: str
    provenance_table: str
    documents_queue_url: str


@dataclass(frozen=True, slots=True)
class SweepSettings(ScheduleSettings):
    """Settings of the `sweep` function."""

    mode: str
    time_zone: str
    rules_table: str
    first_days: str

    @property
    def holds_rules(self) -> bool:
        """True if every rule is held at `suggest`."""
        return self.mode == "suggest"

    @property
    def zone(self) -> ZoneInfo:
        """The account's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def days(self) -> int:
        """Days: how far back the very first sweep looks."""
        return int(self.first_days)

    def check(self) -> None:
        """Raise BadSettings for an invalid value."""
        ScheduleSettings.check(self)
        _time_zone("TIME_ZONE", self.time_zone)
        _one_of("MODE", self.mode, get_args(BrakeMode.__value__))
        if not self.first_days.isascii() or not self.first_days.isdigit():
            raise BadSettings(f"FIRST_DAYS is {self.first_days!r}, not a number of days")


@dataclass(frozen=True, slots=True)
class CheckRulesSettings(Settings):
    """Settings of the `check_rules` function."""

    api_secret_id: str
    kanbert_base_url: str
    time_zone: str
    mode: str
    rules_table: str
    provenance_table: str
    archive_bucket: str
    jurisdiction: str
    object_lock_mode: str
    events_topic_arn: str
    event_source: str

    @property
    def zone(self) -> ZoneInfo:
        """The account's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def holds_rules(self) -> bool:
        """True if every rule is held at `suggest`."""
        return self.mode == "suggest"

    @property
    def lock_mode(self) -> LockMode:
        """S3 Object Lock's mode."""
        return cast("LockMode", self.object_lock_mode)

    def check(self) -> None:
        """Raise BadSettings for an invalid value."""
        Settings.check(self)
        _time_zone("TIME_ZONE", self.time_zone)
        _one_of("MODE", self.mode, get_args(BrakeMode.__value__))
        _one_of("JURISDICTION", self.jurisdiction, get_args(Jurisdiction.__value__))
        _one_of("OBJECT_LOCK_MODE", self.object_lock_mode, get_args(LockMode.__value__))


@dataclass(frozen=True, slots=True)
class ReconcileSettings(ScheduleSettings):
    """Settings of the `reconcile` function."""

    archive_queue_url: str
    archive_bucket: str
    event_source: str


def _read(environment: Mapping[str, str], variable: str) -> str:
    value = environment.get(variable, "").strip()
    if not value:
        raise BadSettings(f"the environment variable {variable} is missing or empty")
    return value


def _time_zone(variable: str, value: str) -> None:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadSettings(f"{variable} is {value!r}, not an IANA time zone like Europe/Vienna") from error


def _one_of(variable: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise BadSettings(f"{variable} is {value!r}, not one of {', '.join(allowed)}")
