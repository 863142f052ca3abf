data "aws_region" "current" {}

locals {
  container = "watcher"
  user      = 10001
  state     = "/var/lib/release-watcher"
  port      = 8080
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/${var.name}"
  retention_in_days = var.log_days
}

resource "aws_ecs_task_definition" "this" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.start.arn
  task_role_arn            = aws_iam_role.run.arn

  container_definitions = jsonencode([{
    name                   = local.container
    essential              = true
    image                  = var.image
    command                = ["run"]
    readonlyRootFilesystem = true
    linuxParameters        = { initProcessEnabled = true, capabilities = { add = [], drop = ["ALL"] } }
    environment = [
      { name = "RELEASE_WATCHER_PACKAGES", value = jsonencode(var.packages) },
      { name = "RELEASE_WATCHER_PORT", value = tostring(local.port) },
      # See volume.tf.
      { name = "RELEASE_WATCHER_DATABASE_JOURNAL", value = "delete" },
      # A change of it starts a new container, which reads the new secret.
      { name = "SECRETS_VERSION", value = tostring(var.secrets_version) },
    ]
    secrets = [
      for name in ["SLACK_WEBHOOK_URL", "TRIGGER_WEBHOOK_URL", "TRIGGER_WEBHOOK_TOKEN"] : {
        name      = "RELEASE_WATCHER_${name}"
        valueFrom = "${aws_secretsmanager_secret.this.arn}:RELEASE_WATCHER_${name}::"
      }
    ]
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
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.this.name
        awslogs-region        = data.aws_region.current.region
        awslogs-stream-prefix = "watcher"
      }
    }
  }])

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
  depends_on = [aws_secretsmanager_secret_version.this]
}

resource "aws_ecs_service" "this" {
  name            = var.name
  cluster         = var.cluster_arn
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
    subnets          = var.private_subnet_ids
    security_groups  = [aws_security_group.container.id]
    assign_public_ip = false
  }

  depends_on = [aws_efs_mount_target.this, aws_efs_file_system_policy.this, aws_iam_role_policy.start]
}
