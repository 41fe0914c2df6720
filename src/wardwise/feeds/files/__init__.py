"""Files as feeds: tables in CSV, drop folders, and MEDS tables for research."""
