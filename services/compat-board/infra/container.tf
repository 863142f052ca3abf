data "aws_region" "current" {}

locals {
  port     = 8080
  database = "compat_board"

  # What both containers of a task have in common.
  container = {
    image                  = var.image
    readonlyRootFilesystem = true
    linuxParameters        = { initProcessEnabled = true, capabilities = { add = [], drop = ["ALL"] } }
    environment = [
      { name = "COMPAT_BOARD_PORT", value = tostring(local.port) },
      { name = "COMPAT_BOARD_URL", value = var.address },
      # A change of it starts new containers, which read the new secret.
      { name = "SECRETS_VERSION", value = tostring(var.secrets_version) },
    ]
    secrets = [
      for name in ["COMPAT_BOARD_DATABASE", "COMPAT_BOARD_TOKEN"] :
      { name = name, valueFrom = "${aws_secretsmanager_secret.this.arn}:${name}::" }
    ]
    # The one folder that may be written to; the image says whose it is.
    mountPoints = [{ sourceVolume = "scratch", containerPath = "/var/lib/compat-board", readOnly = false }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.this.name
        awslogs-region        = data.aws_region.current.region
        awslogs-stream-prefix = "board"
      }
    }
  }
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/${var.name}"
  retention_in_days = var.log_days
}

resource "aws_ecs_task_definition" "this" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = aws_iam_role.start.arn

  container_definitions = jsonencode([
    # The tables are brought up to date before anything answers; two at once do no harm.
    merge(local.container, {
      name      = "migrate"
      essential = false
      command   = ["migrate"]
    }),
    merge(local.container, {
      name         = "board"
      essential    = true
      command      = ["serve"]
      dependsOn    = [{ containerName = "migrate", condition = "SUCCESS" }]
      portMappings = [{ containerPort = local.port, protocol = "tcp" }]
      stopTimeout  = 30
    }),
  ])

  volume {
    name = "scratch"
  }

  # The value must be there before a container asks for it.
  depends_on = [aws_secretsmanager_secret_version.this]
}

resource "aws_ecs_service" "this" {
  name            = var.name
  cluster         = var.cluster_arn
  task_definition = aws_ecs_task_definition.this.arn
  launch_type     = "FARGATE"
  desired_count   = var.replicas

  health_check_grace_period_seconds = 60

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = var.private_subnet_ids
    security_groups  = [aws_security_group.container.id]
    assign_public_ip = false
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.this.arn
    container_name   = "board"
    container_port   = local.port
  }

  # A target group without listener refuses targets.
  depends_on = [aws_lb_listener.https, aws_iam_role_policy.start]
}
