"""The published networks with their figures: what is known of each, and which are wanted."""
