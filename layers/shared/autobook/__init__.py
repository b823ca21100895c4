"""Autobook: books supplier invoices in Kanbert the moment they appear."""
