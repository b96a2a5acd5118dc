"""The completions of the shells, and what makes them from the tables of runwrap."""
