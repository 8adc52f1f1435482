"""What is said about texts that do not parse."""
