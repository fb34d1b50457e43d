"""The one signal of the procedure: events were recorded. Sent inside the transaction that records them."""

from django.dispatch import Signal

events_recorded = Signal()
"""Arguments: ``events``, a list of saved `Event` rows."""
