output "repository_urls" {
  description = "Where to push the image of each service."
  value       = { for name, repository in aws_ecr_repository.this : name => repository.repository_url }
}

output "board_dns_name" {
  description = "What the board's own name should be an alias of."
  value       = module.compat_board.dns_name
}

output "board_zone_id" {
  description = "The hosted zone of that name, for an alias record."
  value       = module.compat_board.zone_id
}

output "log_groups" {
  description = "Where each service's log lines are."
  value = {
    compat-board    = module.compat_board.log_group
    release-watcher = module.release_watcher.log_group
  }
}
