"""The ladder of sandboxes: how far tests can be kept apart here, strongest first."""
