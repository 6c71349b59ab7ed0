"""Texts: errors and messages that reach the user, YAML documents that know their lines, JSON for templates."""
