"""What a fresh install would get today: locked now, run, and never committed."""
