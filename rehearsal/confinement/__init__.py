"""The cage: what others wrote (builds, jobs, models, functions) runs where it sees its own scratch and no more."""
