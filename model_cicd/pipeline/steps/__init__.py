"""The step types: one module each, with the configuration's model and its compilation."""
