output "log_group" {
  description = "Where the log lines are."
  value       = aws_cloudwatch_log_group.this.name
}
