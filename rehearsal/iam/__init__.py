"""IAM, enforced: who a caller is, what an operation needs, and whether all policies together allow it."""
