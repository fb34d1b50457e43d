"""The office's verbs on one file or offer: what each asks, says beforehand and calls."""
