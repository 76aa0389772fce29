"""Setting a suite up: from a repository's own files to a plan of which Python, which steps, which test command."""
