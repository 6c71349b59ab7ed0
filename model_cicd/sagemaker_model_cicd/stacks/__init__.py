"""The stacks: constructs composed from a topology, with the grants between them."""
