"""What the reference leaves open, played each way: `PUT /_sim/profile {"name": …}` chooses one.

docs/billomat-api.md, What we assume, has a row for each.
"""

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Profile:
    """One way that Billomat may be. The defaults are what the reference describes, or the nearest to it."""

    write_answer: Literal["full", "id", "empty", "list", "html"] = "full"
    """What POST and PUT answer: the record, its id alone, nothing, the record in a list of one, a page."""
    error_shape: Literal["errors", "error", "json", "text", "empty"] = "errors"
    """How a refusal says why."""
    errors_with_success: bool = False
    """Refusals of a body come with the status 200."""
    validation_status: int = 400
    """The status of a body that is refused for its fields: 400 or 422."""
    most_per_page: int = 1000
    """More are not answered, whatever is asked for."""
    page_attributes: bool = True
    """Lists have `page`, `per_page` and `total`."""
    single_unwrapped: bool = False
    """A list of one is the record itself, without the list around it."""
    beyond_the_end: Literal["empty", "last"] = "empty"
    """What a page after the last one holds."""
    empty_elements: Literal["empty", "nil", "absent"] = "empty"
    """How a field without a value is answered."""
    type_attributes: bool = True
    number_format: Literal["plain", "padded", "integer"] = "plain"
    """Amounts as `107.1`, as `107.1000`, or without decimals where they have none."""
    number_filter: Literal["part", "whole", "ignored"] = "part"
    """What `incoming_number` compares: a part of the number, all of it, or nothing at all."""
    unknown_elements: bool = False
    """Answers have elements that no reference names, nested and repeated ones too."""
    put_replaces: bool = False
    """PUT empties what it does not name, but for mandatory fields and the file (see `put_drops_file`)."""
    numbers_normalised: bool = False
    """Numbers are kept in capital letters, with one blank where there are several."""
    listing_lag: int = 0
    """So many requests after its creation an incoming is listed; before, it can be had by its id alone."""
    put_drops_file: bool = False
    """PUT removes the file where it does not name it."""
    reset_header: Literal["Retry-After", "X-Rate-Limit-Reset", "none"] = "X-Rate-Limit-Reset"
    """Which header of a 429 says when to come back."""
    encoding: Literal["UTF-8", "ISO-8859-1", "UTF-16"] = "UTF-8"


PROFILES: Final[dict[str, Profile]] = {
    "documented": Profile(),
    "write-id": Profile(write_answer="id"),
    "write-empty": Profile(write_answer="empty"),
    "write-list": Profile(write_answer="list"),
    "write-html": Profile(write_answer="html"),
    "error-single": Profile(error_shape="error"),
    "error-json": Profile(error_shape="json", validation_status=422),
    "error-text": Profile(error_shape="text"),
    "error-empty": Profile(error_shape="empty"),
    "error-200": Profile(errors_with_success=True),
    "small-pages": Profile(most_per_page=2),
    "small-pages-no-total": Profile(most_per_page=2, page_attributes=False),
    "last-page-again": Profile(most_per_page=2, page_attributes=False, beyond_the_end="last"),
    "single-unwrapped": Profile(single_unwrapped=True, page_attributes=False),
    "nil": Profile(empty_elements="nil"),
    "absent": Profile(empty_elements="absent", type_attributes=False),
    "padded": Profile(number_format="padded"),
    "integers": Profile(number_format="integer"),
    "number-whole": Profile(number_filter="whole"),
    "number-ignored": Profile(number_filter="ignored", most_per_page=2),
    "unknown-elements": Profile(unknown_elements=True),
    "put-replaces": Profile(put_replaces=True),
    "number-normalised": Profile(numbers_normalised=True, write_answer="empty"),
    "listed-late": Profile(listing_lag=2, write_answer="empty"),
    "put-drops-file": Profile(put_drops_file=True),
    "retry-after": Profile(reset_header="Retry-After"),
    "no-reset": Profile(reset_header="none"),
    "latin-1": Profile(encoding="ISO-8859-1"),
    "utf-16": Profile(encoding="UTF-16"),
}
