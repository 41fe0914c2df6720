"""Stories: cases a charge nurse can read, taken through the real turn and the real gate."""
