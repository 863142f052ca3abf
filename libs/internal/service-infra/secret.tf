# One secret, by the names of the variables that the containers get. Its value is write-only: it is
# sent to AWS when secrets_version rises, and kept in no plan and no state.

resource "aws_secretsmanager_secret" "this" {
  name_prefix = "${var.service.name}-"
  description = "What ${var.service.name} must not show."
}

resource "aws_secretsmanager_secret_version" "this" {
  secret_id                = aws_secretsmanager_secret.this.id
  secret_string_wo         = jsonencode(var.secrets)
  secret_string_wo_version = var.service.secrets_version
}
