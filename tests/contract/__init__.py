"""Our models, client and simulator against what the reference texts say, field by field and by name."""
