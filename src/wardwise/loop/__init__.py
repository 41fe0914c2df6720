"""The control loop: capture, derive, estimate, plan, present, respond, verify. It closes through the log."""
