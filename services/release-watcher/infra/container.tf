locals {
  container = "watcher"
  user      = 10001
  state     = "/var/lib/release-watcher"
  port      = 8080
  service   = module.service.service
}

module "service" {
  source = "../../../libs/internal/service-infra"

  service = var.service
  environment = {
    RELEASE_WATCHER_PACKAGES = jsonencode(var.packages)
    RELEASE_WATCHER_PORT     = tostring(local.port)
    # See volume.tf.
    RELEASE_WATCHER_DATABASE_JOURNAL = "delete"
  }
  secret_names = [
    "RELEASE_WATCHER_SLACK_WEBHOOK_URL",
    "RELEASE_WATCHER_TRIGGER_WEBHOOK_TOKEN",
    "RELEASE_WATCHER_TRIGGER_WEBHOOK_URL",
  ]
  # An empty one counts as none.
  secrets = {
    RELEASE_WATCHER_SLACK_WEBHOOK_URL     = var.slack_webhook_url
    RELEASE_WATCHER_TRIGGER_WEBHOOK_TOKEN = var.trigger_webhook_token
    RELEASE_WATCHER_TRIGGER_WEBHOOK_URL   = var.trigger_webhook_url
  }
}

resource "aws_ecs_task_definition" "this" {
  family                   = local.service.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = module.service.start_role_arn
  task_role_arn            = aws_iam_role.run.arn

  container_definitions = jsonencode([merge(module.service.container, {
    name        = local.container
    essential   = true
    command     = ["run"]
    mountPoints = [{ sourceVolume = "state", containerPath = local.state, readOnly = false }]
    # The image's own check means nothing to ECS.
    healthCheck = {
      command = [
        "CMD", "python", "-I", "-c",
        "import urllib.request as r; r.urlopen('http://127.0.0.1:${local.port}/healthz', timeout=4)",
      ]
      interval    = 30
      timeout     = 5
      retries     = 3
      startPeriod = 60
    }
    stopTimeout = 60
  })])

  volume {
    name = "state"

    efs_volume_configuration {
      file_system_id     = aws_efs_file_system.this.id
      transit_encryption = "ENABLED"

      authorization_config {
        access_point_id = aws_efs_access_point.this.id
        iam             = "ENABLED"
      }
    }
  }

  # The value must be there before the container asks for it.
  depends_on = [module.service]
}

resource "aws_ecs_service" "this" {
  name            = local.service.name
  cluster         = local.service.cluster_arn
  task_definition = aws_ecs_task_definition.this.arn
  launch_type     = "FARGATE"

  # One at a time, also while a new one takes over: two would write to one file. It asks every so
  # often, so that a minute without it goes unnoticed.
  desired_count                      = 1
  deployment_minimum_healthy_percent = 0
  deployment_maximum_percent         = 100

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = local.service.private_subnet_ids
    security_groups  = [module.service.security_group_id]
    assign_public_ip = false
  }

  depends_on = [aws_efs_mount_target.this, aws_efs_file_system_policy.this, module.service]
}
