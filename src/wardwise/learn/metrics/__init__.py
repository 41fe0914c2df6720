"""How good a forecast was: point error, quantile scores and coverage with its uncertainty."""
