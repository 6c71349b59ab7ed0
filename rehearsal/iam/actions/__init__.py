"""The authorization map, one file a service."""
