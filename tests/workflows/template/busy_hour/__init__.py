"""Busy hour: the smallest complete workflow. Copy this folder to begin one of your own."""
