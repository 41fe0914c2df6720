"""Fold: pure functions from facts to state, and the ledger that keeps the facts they need. Knows no view."""
