"""A campaign in figures: for its region, for the nation, for the public."""
