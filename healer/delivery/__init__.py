"""What people and programs read of a run: the commit message, the pull request, the summary, the JSON document."""
