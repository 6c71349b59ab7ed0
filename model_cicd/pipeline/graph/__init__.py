"""The steps of a pipeline as a graph, and drawings of it."""
