"""Accounts, projects, clients, suppliers and webhook subscriptions (docs/kanbert-api.md, Master data)."""

from collections.abc import Iterator
from dataclasses import replace

from autobook.adapters.http_client import ApiNotFound, Repeat, error_for
from autobook.adapters.kanbert.api import KanbertCall
from autobook.adapters.kanbert.calls import Calls, path_of, reader
from autobook.adapters.kanbert.pages import Names, items, query, readable
from autobook.adapters.kanbert.requests import WebhookCreate
from autobook.domain.kanbert import ChartOfAccount, Client, KanbertModel, Project, Supplier, WebhookSubscription


class MasterDataOperations(Calls):
    """Master data that invoices refer to, and webhook subscriptions."""

    def chart_of_accounts(
        self,
        *,
        filter: str | None = None,  # noqa: A002 - the API's name
        include: Names | None = "positions",
        page_size: int | None = None,
    ) -> Iterator[ChartOfAccount]:
        """Scope `chart-of-accounts:read`; filter `code, title, type, priority`."""
        return self._all(ChartOfAccount, "chart-of-accounts", filter, page_size, include=include)

    def projects(self, *, filter: str | None = None, page_size: int | None = None) -> Iterator[Project]:  # noqa: A002
        """No scope; filter `shortcode`, `title`."""
        return self._all(Project, "projects", filter, page_size)

    def clients(self, *, filter: str | None = None, page_size: int | None = None) -> Iterator[Client]:  # noqa: A002
        """No scope; filter `shortcode`, `name`."""
        return self._all(Client, "clients", filter, page_size)

    def suppliers(self, *, filter: str | None = None, page_size: int | None = None) -> Iterator[Supplier]:  # noqa: A002
        """Scope `incoming-invoice:read`; filter `name, customer_number, vendor_identifier, external_id`."""
        return self._all(Supplier, "suppliers", filter, page_size)

    def webhooks(
        self,
        *,
        filter: str | None = None,  # noqa: A002 - the API's name
        sort: Names | None = None,
        page_size: int | None = None,
    ) -> Iterator[WebhookSubscription]:
        """Scope `integration`; sort `url, is_active, created_at`; filter `url, created_at`."""
        return self._all(WebhookSubscription, "webhooks", filter, page_size, sort=sort)

    def create_webhook(self, create: WebhookCreate) -> WebhookSubscription:
        """Subscribe. Look at `webhooks()` before a second attempt: Kanbert may keep both."""
        request = KanbertCall("POST", path_of("webhooks"), json=create.wire(), repeat=Repeat.NEVER)
        return self._write(WebhookSubscription, request)

    def _all[M: KanbertModel](
        self,
        model: type[M],
        name: str,
        filter: str | None,  # noqa: A002 - the API's name
        page_size: int | None,
        *,
        sort: Names | None = None,
        include: Names | None = None,
    ) -> Iterator[M]:
        """RetryLater where Kanbert does not have the list now (404): that is no fault of the document it is for."""
        params = query(filter=filter, sort=sort, include=include, page_size=page_size)
        try:
            yield from readable(items(self._connection, path_of(name), params, reader(model)))
        except ApiNotFound as error:
            message = f"the list is not there ({error.failure.status})"
            raise error_for(replace(error.failure, status=None, message=message)) from None
