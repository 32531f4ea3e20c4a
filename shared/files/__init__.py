"""Files that people send: what is known of each, what it really is, where it lies and how it goes over HTTP."""
