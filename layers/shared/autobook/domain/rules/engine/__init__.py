"""Matching an invoice with thousands of rules: an index over compiled conditions."""
