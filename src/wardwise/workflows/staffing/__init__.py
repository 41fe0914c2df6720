"""Staffing: nurses needed against nurses rostered, and whom to call, keep on or release."""
