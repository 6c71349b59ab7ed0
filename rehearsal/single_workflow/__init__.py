"""`rehearse workflow`: one workflow file alone on this machine, without GitHub and without AWS."""
