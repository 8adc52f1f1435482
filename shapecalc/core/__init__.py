"""What a layer is made of: arguments, sizes, windows, padding, volumes."""
