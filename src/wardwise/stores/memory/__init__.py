"""The reference: the slow, obvious implementation that every other store must agree with."""
