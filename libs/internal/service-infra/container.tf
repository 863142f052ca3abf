# What every container of a service has in common; the service merges the rest into it.

data "aws_region" "current" {}

locals {
  container = {
    image                  = var.service.image
    readonlyRootFilesystem = true
    linuxParameters        = { initProcessEnabled = true, capabilities = { add = [], drop = ["ALL"] } }
    environment = [
      # A change of the version starts new containers, which read the new secret.
      for name, value in merge(var.environment, { SECRETS_VERSION = tostring(var.service.secrets_version) }) :
      { name = name, value = value }
    ]
    secrets = [
      for name in sort(var.secret_names) :
      { name = name, valueFrom = "${aws_secretsmanager_secret.this.arn}:${name}::" }
    ]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.this.name
        awslogs-region        = data.aws_region.current.region
        awslogs-stream-prefix = var.service.name
      }
    }
  }
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/${var.service.name}"
  retention_in_days = var.service.log_days
}
