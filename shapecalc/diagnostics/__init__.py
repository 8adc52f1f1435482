"""What the tool has to say, and how it guesses what was meant."""
