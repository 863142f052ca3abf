"""The ways out of the outbox: one module for each channel."""
