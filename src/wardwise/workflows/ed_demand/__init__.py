"""ED demand: hourly arrivals for the week ahead, and surges as they begin."""
