"""A running embedded AWS kept in a file, and started again from it."""
