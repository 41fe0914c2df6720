"""May this version be used? Modes and approvals."""
