"""The value types of a declaration: what a workflow says about itself."""
