output "dns_name" {
  description = "The name of the load balancer."
  value       = aws_lb.this.dns_name
}

output "zone_id" {
  description = "The hosted zone of that name, for an alias record."
  value       = aws_lb.this.zone_id
}

output "log_group" {
  description = "Where the log lines are."
  value       = module.service.log_group
}
