"""Our models, client and simulator against Kanbert's API reference, field by field and by name.

`kanbert.json` is the table of its operations and fields; docs/kanbert-api.md names the pages and says what they leave
open.
"""
