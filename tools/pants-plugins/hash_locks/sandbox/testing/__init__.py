"""What the tests of these scripts run them against."""
