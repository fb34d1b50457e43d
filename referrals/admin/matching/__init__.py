"""The runs of the matching, and their drafts under review."""
