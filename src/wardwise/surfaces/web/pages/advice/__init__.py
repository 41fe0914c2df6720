"""One piece of advice followed from prediction to outcome, and the answers people give to it."""
