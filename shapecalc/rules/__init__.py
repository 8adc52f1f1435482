"""What is said of networks, one rule a file."""
