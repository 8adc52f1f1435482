"""What a project's configuration file says about its networks."""
