"""Who can do what: templates resolved to policies, decided for everybody, and compared with what is expected."""
