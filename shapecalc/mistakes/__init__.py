"""What can be wrong with a diagram's text: one small function a mistake, and the table that tries them."""
