"""`make mutants`: change the rule engine in one small way at a time, and see whether a test notices."""
