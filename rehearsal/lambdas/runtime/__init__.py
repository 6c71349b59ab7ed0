"""What runs in the cage of a function: programs that call its handler."""
