"""Small worlds: one invoice with two lines, everything that can happen to it at every call, all of it played."""
