"""CDS Hooks 2.0: open advice about a patient as cards in the EHR, and what people made of them."""
