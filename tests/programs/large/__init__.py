"""Large accounts: many documents, some of them odd, and what a whole reconcile run takes."""
