"""Sampled events held against the chart: what waits, and where a judgement is handed in."""
