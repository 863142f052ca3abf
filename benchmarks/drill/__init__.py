"""What fault_drill.py is made of: faults, the commands that they strike, and what is left then."""
