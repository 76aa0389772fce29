"""Sources of candidate patches, asked in order of cost: embedded (program repair), then models."""
