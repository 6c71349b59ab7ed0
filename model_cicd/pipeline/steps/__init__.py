"""The step types, a file each, and the settings that they share; `registry` lists them."""
