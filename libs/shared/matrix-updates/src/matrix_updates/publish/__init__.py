"""Makes requests of proposals: holds credentials, and runs nothing of third parties."""
