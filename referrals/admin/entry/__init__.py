"""What did not come by the portal, entered in the student's name."""
