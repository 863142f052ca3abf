# Somebody watches the watcher: every hour a second container looks at what it remembers, and says in
# the log that all is well. An alarm goes off when that line stays out, whatever the reason: no
# watcher, an index that does not answer, a volume or an image that is gone, no check at all. Another
# goes off at once at a line that means trouble.

resource "aws_scheduler_schedule" "check" {
  name                = "${local.service.name}-check"
  description         = "Looks whether ${local.service.name} is running and polling."
  schedule_expression = "rate(1 hour)"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = local.service.cluster_arn
    role_arn = aws_iam_role.check.arn
    input = jsonencode({
      containerOverrides = [{ name = local.container, command = ["status", "--check"] }]
    })

    ecs_parameters {
      task_definition_arn = aws_ecs_task_definition.this.arn
      launch_type         = "FARGATE"

      network_configuration {
        subnets          = local.service.private_subnet_ids
        security_groups  = [module.service.security_group_id]
        assign_public_ip = false
      }
    }
  }
}

data "aws_iam_policy_document" "assume_check" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [module.service.account_id]
    }
  }
}

data "aws_iam_policy_document" "check" {
  statement {
    sid       = "Run"
    actions   = ["ecs:RunTask"]
    resources = [aws_ecs_task_definition.this.arn]

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [local.service.cluster_arn]
    }
  }

  statement {
    sid       = "Roles"
    actions   = ["iam:PassRole"]
    resources = [module.service.start_role_arn, aws_iam_role.run.arn]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "check" {
  name_prefix        = "${local.service.name}-"
  description        = "Starts the check of ${local.service.name}."
  assume_role_policy = data.aws_iam_policy_document.assume_check.json
}

resource "aws_iam_role_policy" "check" {
  role   = aws_iam_role.check.id
  policy = data.aws_iam_policy_document.check.json
}

locals {
  # Of polls that fail in a row, the fifth: a quarter of an hour after the first.
  trouble = [
    "($.event = \"delivery given up\")",
    "($.event = \"a loop failed*\")",
    "($.event = \"unexpected failure*\")",
    "(($.event = \"poll failed\") && ($.failures = 5))",
  ]
}

resource "aws_cloudwatch_log_metric_filter" "check_passed" {
  name           = "${local.service.name}-check-passed"
  log_group_name = module.service.log_group
  pattern        = "{ $.event = \"check passed\" }"

  metric_transformation {
    name      = "ChecksPassed"
    namespace = local.service.name
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "silent" {
  alarm_name          = "${local.service.name}-silent"
  alarm_description   = "No check of ${local.service.name} has passed for three hours. Look for `check failed` in its log, then at its service and at its schedule."
  namespace           = aws_cloudwatch_log_metric_filter.check_passed.metric_transformation[0].namespace
  metric_name         = aws_cloudwatch_log_metric_filter.check_passed.metric_transformation[0].name
  statistic           = "Sum"
  period              = 3600
  evaluation_periods  = 3
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
}

resource "aws_cloudwatch_log_metric_filter" "trouble" {
  name           = "${local.service.name}-trouble"
  log_group_name = module.service.log_group
  pattern        = "{ ${join(" || ", local.trouble)} }"

  metric_transformation {
    name      = "Trouble"
    namespace = local.service.name
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "trouble" {
  alarm_name          = "${local.service.name}-trouble"
  alarm_description   = "${local.service.name} could not deliver, poll or remember something; its log says what."
  namespace           = aws_cloudwatch_log_metric_filter.trouble.metric_transformation[0].namespace
  metric_name         = aws_cloudwatch_log_metric_filter.trouble.metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
}
