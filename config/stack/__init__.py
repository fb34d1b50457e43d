"""What `make run` and `make test` stand on: servers out of wheels, the project's own processes, and no orphan after them.

Standard library only and no Django, so that the manager can say what is missing before anything else is imported.
"""
