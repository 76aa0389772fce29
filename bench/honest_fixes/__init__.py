"""How many changes that people made and published are taken for cheating."""
