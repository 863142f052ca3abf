"""What the plugin knows and the process in the sandbox knows as well: pure, and of `packaging` alone."""
