"""self-heal: evidence, localization, repair, proof and delivery for failing CI."""

__version__ = "0.1.0"
