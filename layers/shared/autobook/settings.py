"""Each function's settings: one model per function, read from the environment that template.yaml gives it.

Dataclasses of the standard library rather than a settings library: `receive` reads its own while Kanbert waits.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal, Self, cast, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

type Jurisdiction = Literal["AT", "DE", "CH"]
type LockMode = Literal["GOVERNANCE", "COMPLIANCE"]


class BadSettings(Exception):
    """A variable is missing or makes no sense; names the variable and what it should be."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What every function has. A field is read from the variable of its name in capitals."""

    log_level: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read and check every variable; raises BadSettings."""
        given = os.environ if environment is None else environment
        values = {field.name: _read(given, field.name.upper()) for field in fields(cls)}
        settings = cls(**values)
        settings.check()
        return settings

    def check(self) -> None:
        """Raise BadSettings where a value makes no sense."""
        _one_of("LOG_LEVEL", self.log_level, ("DEBUG", "INFO", "WARN", "ERROR"))


@dataclass(frozen=True, slots=True)
class ReceiveSettings(Settings):
    """Of `receive`."""

    secret_id: str
    signature_header: str
    documents_queue_url: str


@dataclass(frozen=True, slots=True)
class KanbertSettings(Settings):
    """Of the functions that talk to Kanbert."""

    secret_id: str
    kanbert_base_url: str
    time_zone: str
    dead_letters_queue_url: str
    provenance_table: str
    events_topic_arn: str

    @property
    def zone(self) -> ZoneInfo:
        """The account's time zone."""
        return ZoneInfo(self.time_zone)

    def check(self) -> None:
        """Raise BadSettings where a value makes no sense."""
        Settings.check(self)
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise BadSettings(f"TIME_ZONE is {self.time_zone!r}, not an IANA time zone like Europe/Vienna") from error


@dataclass(frozen=True, slots=True)
class ProcessSettings(KanbertSettings):
    """Of `process`."""

    documents_queue_url: str
    rules_table: str


@dataclass(frozen=True, slots=True)
class ArchiveSettings(KanbertSettings):
    """Of `archive`."""

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
        """Raise BadSettings where a value makes no sense."""
        KanbertSettings.check(self)
        _one_of("INCOMING_PDF", self.incoming_pdf, ("true", "false"))
        _one_of("JURISDICTION", self.jurisdiction, get_args(Jurisdiction.__value__))
        _one_of("OBJECT_LOCK_MODE", self.object_lock_mode, get_args(LockMode.__value__))


@dataclass(frozen=True, slots=True)
class ScheduleSettings(Settings):
    """Of the functions that compare Kanbert with provenance on a schedule."""

    secret_id: str
    kanbert_base_url: str
    provenance_table: str
    documents_queue_url: str


@dataclass(frozen=True, slots=True)
class SweepSettings(ScheduleSettings):
    """Of `sweep`."""

    first_days: str

    @property
    def days(self) -> int:
        """How far back the very first sweep looks."""
        return int(self.first_days)

    def check(self) -> None:
        """Raise BadSettings where a value makes no sense."""
        ScheduleSettings.check(self)
        if not self.first_days.isascii() or not self.first_days.isdigit():
            raise BadSettings(f"FIRST_DAYS is {self.first_days!r}, not a number of days")


@dataclass(frozen=True, slots=True)
class ReconcileSettings(ScheduleSettings):
    """Of `reconcile`."""

    archive_queue_url: str
    archive_bucket: str


def _read(environment: Mapping[str, str], variable: str) -> str:
    value = environment.get(variable, "").strip()
    if not value:
        raise BadSettings(f"the environment variable {variable} is missing or empty")
    return value


def _one_of(variable: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise BadSettings(f"{variable} is {value!r}, not one of {', '.join(allowed)}")
