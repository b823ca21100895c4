"""`make mutants`: mutmut changes the rule engine in one small way at a time; survivors are changes no test noticed."""
