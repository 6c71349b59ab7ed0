"""What the settings of every module have in common: what Seed-Farmer passes, types of values, names."""
