"""What the export to Hypatos is told, and what it refuses to be told."""

from zoneinfo import ZoneInfo

import pytest

from autobook.domain.hypatos import METADATA, HypatosParameters

ZONE = ZoneInfo("Europe/Vienna")


def test_nothing_told() -> None:
    """Everything has a default."""
    assert HypatosParameters.from_json("{}", ZONE) == HypatosParameters(zone=ZONE)


def test_everything_told() -> None:
    """Each parameter by its name."""
    text = """{"prefix": "a:", "company": "AT01", "client": "x", "currency": "CHF", "document_type": "t",
        "status": "booked", "cost_centre": "project", "tax_codes": {"20": "V20"}, "custom_fields": {"a": [1.5, null]},
        "metadata": ["notes", "vats"]}"""
    found = HypatosParameters.from_json(text, ZONE)
    assert (found.prefix, found.company, found.client, found.currency) == ("a:", "AT01", "x", "CHF")
    assert (found.document_type, found.status, found.cost_centre) == ("t", "booked", "project")
    assert (found.tax_codes, found.metadata) == ({"20": "V20"}, ("notes", "vats"))
    assert str(found.custom_fields["a"]) == "[Decimal('1.5'), None]"
    assert set(found.metadata) <= set(METADATA)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "Expecting value"),
        ("[]", "not a JSON object"),
        ('{"colour": "red"}', "colour"),
        ('{"zone": "Europe/Vienna"}', "zone: set elsewhere"),
        ('{"company": 7}', "company"),
        ('{"currency": "EURO"}', "currency"),
        ('{"status": "paid"}', "status"),
        ('{"cost_centre": "supplier"}', "cost_centre"),
        ('{"tax_codes": {"20": 7}}', "tax_codes.20"),
        ('{"tax_codes": []}', "tax_codes"),
        ('{"custom_fields": 7}', "custom_fields"),
        ('{"metadata": ["bookings"]}', "metadata.0"),
        ('{"metadata": "notes"}', "metadata"),
        ('{"prefix": "a b"}', "white space"),
    ],
)
def test_refused(text: str, wrong: str) -> None:
    """With the parameter that is wrong."""
    with pytest.raises(ValueError, match=wrong):
        HypatosParameters.from_json(text, ZONE)
