"""The frozen types that pass between stages; they import nothing but the standard library."""
