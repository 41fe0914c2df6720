"""Deterioration: NEWS2 on every new vital, and who should look at whom by when."""
