"""template.yaml, as data."""

from pathlib import Path

import pytest

from autobook_local.stack.template import Template, load_template

TEMPLATE = Path(__file__).resolve().parents[2] / "template.yaml"


@pytest.fixture(scope="session")
def template() -> Template:
    """The template that is deployed."""
    return load_template(TEMPLATE)
