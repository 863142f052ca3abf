"""Scripts that read what other tools are configured with, each beside that tool in its process."""
