"""The HL7 v2 door: frames, messages, addresses, acknowledgements."""
