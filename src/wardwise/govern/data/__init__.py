"""May this input be used? Contracts, freshness, silence."""
