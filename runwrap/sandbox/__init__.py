"""Sandboxes: the check that what was asked for is in force, and how exposed a unit is."""
