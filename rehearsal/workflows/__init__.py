"""Runs GitHub's workflow files without GitHub: files as records, expressions, and jobs as processes in cages."""
