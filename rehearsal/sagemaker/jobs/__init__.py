"""Processing and training jobs: real subprocesses with the container paths."""
