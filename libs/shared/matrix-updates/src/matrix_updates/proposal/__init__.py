"""What a proposal is: its model and JSON, what it changes, and the text of its request."""
