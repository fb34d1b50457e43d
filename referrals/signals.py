"""The one signal of the procedure: an event was recorded. Sent inside the transaction that records it."""

from django.dispatch import Signal

event_recorded = Signal()
"""Arguments: ``event``, a saved `Event`."""
