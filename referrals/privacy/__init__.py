"""Personal data: why and how long they are kept, what is destroyed when, and what each person may take away of hers."""
