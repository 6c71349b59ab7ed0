"""A stand-in for `docker build`, `tag`, `login` and `push`: images are real, what runs in their builds is listed."""
