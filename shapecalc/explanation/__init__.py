"""One layer worked as a teacher would: formulas with the numbers in them, and pictures of its windows."""
