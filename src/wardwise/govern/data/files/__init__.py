"""May this file be used? A table held against its contract, every trap a finding with a name."""
