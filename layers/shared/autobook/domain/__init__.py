"""What the product knows without asking anyone: invoices, rules, decisions, events. No I/O, no clock."""
