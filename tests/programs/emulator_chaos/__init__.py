"""The deployed system at a small scale with everything going wrong; too long for `make test`."""
