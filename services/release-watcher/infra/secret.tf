# One secret, by the names of the variables that the container gets. Its value is write-only: it is
# sent to AWS when secrets_version rises, and kept in no plan and no state. An empty one counts as none.

resource "aws_secretsmanager_secret" "this" {
  name_prefix = "${var.name}-"
  description = "What ${var.name} must not show."
}

resource "aws_secretsmanager_secret_version" "this" {
  secret_id                = aws_secretsmanager_secret.this.id
  secret_string_wo_version = var.secrets_version
  secret_string_wo = jsonencode({
    RELEASE_WATCHER_SLACK_WEBHOOK_URL     = var.slack_webhook_url
    RELEASE_WATCHER_TRIGGER_WEBHOOK_URL   = var.trigger_webhook_url
    RELEASE_WATCHER_TRIGGER_WEBHOOK_TOKEN = var.trigger_webhook_token
  })
}
