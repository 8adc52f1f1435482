"""What people see: tables, figures in words, diagnostics with their lines."""
