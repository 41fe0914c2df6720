"""State: census, roster, identity and the like, as projections of the log at a view's instant."""
