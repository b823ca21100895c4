"""The two DynamoDB tables: the rules that admins edit, and provenance.

The provenance table also holds the archive's manifest and the state of sweep and reconcile.

No façade: each store's module is imported by its own name, so that a function loads the stores it uses and no other
(`archive` must not load the rules). `items` encodes and decodes what all of them keep,
`batch` reads many items at once.
"""
