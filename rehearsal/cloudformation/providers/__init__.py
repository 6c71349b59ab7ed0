"""One file for each resource type (or two that share everything)."""
