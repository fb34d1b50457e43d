"""The office's view of the vacancies: the nation's catalogue and seats to be read, those of one's region to be declared.

Files come in, leave questions and reports; mergers are recorded; and it is seen who has not declared. Nothing is ever deleted.
"""

from . import catalogue, imports, ledger, mergers, questions  # noqa: F401
