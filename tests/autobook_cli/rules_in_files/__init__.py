"""A stack's rules in a file, and back: `autobook rules pull`, `diff` and `push`."""
