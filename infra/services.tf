locals {
  # What both are given alike: see libs/internal/service-infra.
  place = {
    vpc_id             = aws_vpc.this.id
    private_subnet_ids = aws_subnet.private[*].id
    cluster_arn        = aws_ecs_cluster.this.arn
    secrets_version    = var.secrets_version
  }
}

module "compat_board" {
  source = "../services/compat-board/infra"

  service = merge(local.place, {
    name           = "${var.name}-board"
    image          = var.board_image
    repository_arn = aws_ecr_repository.this["compat-board"].arn
  })
  public_subnet_ids = aws_subnet.public[*].id
  certificate_arn   = var.board_certificate_arn
  address           = var.board_address
  clients           = var.board_clients
  database_password = var.board_database_password
  token             = var.board_token
}

module "release_watcher" {
  source = "../services/release-watcher/infra"

  service = merge(local.place, {
    name           = "${var.name}-watcher"
    image          = var.watcher_image
    repository_arn = aws_ecr_repository.this["release-watcher"].arn
  })
  packages              = var.watcher_packages
  slack_webhook_url     = var.watcher_slack_webhook_url
  trigger_webhook_url   = var.watcher_trigger_webhook_url
  trigger_webhook_token = var.watcher_trigger_webhook_token
  alarm_topic_arns      = var.watcher_alarm_topic_arns
}
