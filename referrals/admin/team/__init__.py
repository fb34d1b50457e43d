"""Who works here, who is away, who gets what, and what nobody follows."""
