"""A pipeline with resources of its own: what they are (`resources`), and how each target writes them."""
