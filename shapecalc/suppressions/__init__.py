"""What a text or a baseline asks not to be reported again."""
