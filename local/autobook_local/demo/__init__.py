"""The demonstration: invoices of different kinds go their way through the whole system, and are checked at its end."""
