"""The simulator's page, and pages of other sites, in headless Chromium: `make browser-test`.

Not collected by `make test`, which must not depend on a browser: what the page sends is tested there over HTTP
(tests/autobook_sim/kanbert/test_webhooks.py), what a person sees and does is tested here.
"""
