"""Report formats, a module each: from their bytes to test cases."""
