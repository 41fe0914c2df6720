"""FHIR R4: resources and Bundles to events, and the doors they come through."""
