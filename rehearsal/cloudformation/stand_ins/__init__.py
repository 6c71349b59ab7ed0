"""Stand-ins: resources of types that cannot run here, taken as records where somebody asks for it (`--stand-in`)."""
