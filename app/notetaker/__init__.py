"""NoteTaker: sign up, write notes, and see which task answered."""
