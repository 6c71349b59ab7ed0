"""Programs that builds find on their PATH in front of the real ones. Each stands alone: only the standard library."""
