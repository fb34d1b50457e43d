"""One student's file, on one page: what is known, what was said, what happened, her documents."""
