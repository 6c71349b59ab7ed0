"""The parts stacks are made of: plain keyword arguments in, resources out.

They read neither settings nor the environment.
"""
