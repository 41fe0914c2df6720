"""How much a rule would say: alerts against the hours patients are watched. It needs no label and claims no benefit."""
