"""Many files at once: what is said once, looked at before it is done, and told row by row."""
