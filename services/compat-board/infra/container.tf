locals {
  port     = 8080
  database = "compat_board"
  service  = module.service.service

  # The one folder that may be written to; the image says whose it is.
  container = merge(module.service.container, {
    mountPoints = [{ sourceVolume = "scratch", containerPath = "/var/lib/compat-board", readOnly = false }]
  })
}

module "service" {
  source = "../../../libs/internal/service-infra"

  service = var.service
  environment = {
    COMPAT_BOARD_PORT = tostring(local.port)
    COMPAT_BOARD_URL  = var.address
  }
  secret_names = ["COMPAT_BOARD_DATABASE", "COMPAT_BOARD_TOKEN"]
  secrets = {
    COMPAT_BOARD_TOKEN = var.token
    COMPAT_BOARD_DATABASE = join("", [
      "postgresql://${local.database}:${urlencode(var.database_password)}",
      "@${aws_db_instance.this.endpoint}/${local.database}?sslmode=require",
    ])
  }
}

resource "aws_ecs_task_definition" "this" {
  family                   = local.service.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = module.service.start_role_arn

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
  depends_on = [module.service]
}

resource "aws_ecs_service" "this" {
  name            = local.service.name
  cluster         = local.service.cluster_arn
  task_definition = aws_ecs_task_definition.this.arn
  launch_type     = "FARGATE"
  desired_count   = var.replicas

  health_check_grace_period_seconds = 60

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = local.service.private_subnet_ids
    security_groups  = [module.service.security_group_id]
    assign_public_ip = false
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.this.arn
    container_name   = "board"
    container_port   = local.port
  }

  # A target group without listener refuses targets.
  depends_on = [aws_lb_listener.https, module.service]
}
