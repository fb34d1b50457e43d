"""The seats: those that suit a student, those that are declared, and how their institutions answer."""
