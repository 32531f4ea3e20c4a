"""How the system is started: the local launcher, the operators' command line, the container image."""
