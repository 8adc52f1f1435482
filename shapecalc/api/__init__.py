"""What `import shapecalc` offers to programs and notebooks, loaded when it is first asked for."""
