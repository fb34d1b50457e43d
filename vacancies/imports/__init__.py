"""Open data in: one reader for each file, one pipeline behind them.

    reading  →  a reader's ``resolve``  →  report  →  the reader's ``apply``

`pipeline` runs it and knows no file; `territory`, `register`, `former_names` and `catalogue` are the readers. What cannot
be placed is refused line by line with its reason; what can be placed is never lost because of its neighbours.
"""
