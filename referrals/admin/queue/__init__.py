"""The files of one's office: lists, searches, piles, columns."""
