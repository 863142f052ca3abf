output "service" {
  description = "What was given, with its defaults."
  value       = var.service
}

output "container" {
  description = "What every container has in common; merge name, command and so on into it."
  value       = local.container
}

output "start_role_arn" {
  description = "The role that starts a container: the execution role of a task."
  value       = aws_iam_role.start.arn
}

output "assume_role_policy" {
  description = "Who may take a role that a container is to have: ECS alone, for this account."
  value       = data.aws_iam_policy_document.assume.json
}

output "account_id" {
  description = "The account, to name in policies of the service's own."
  value       = data.aws_caller_identity.current.account_id
}

output "security_group_id" {
  description = "The security group of the containers, to name in rules of the service's own."
  value       = aws_security_group.container.id
}

output "log_group" {
  description = "Where the log lines are."
  value       = aws_cloudwatch_log_group.this.name
}
