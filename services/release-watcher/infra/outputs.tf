output "log_group" {
  description = "Where the log lines are."
  value       = module.service.log_group
}
