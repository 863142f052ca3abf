# One secret, by the names of the variables that the container gets. Its value is write-only: it is
# sent to AWS when secrets_version rises, and kept in no plan and no state.

resource "aws_secretsmanager_secret" "this" {
  name_prefix = "${var.name}-"
  description = "What ${var.name} must not show."
}

resource "aws_secretsmanager_secret_version" "this" {
  secret_id                = aws_secretsmanager_secret.this.id
  secret_string_wo_version = var.secrets_version
  secret_string_wo = jsonencode({
    COMPAT_BOARD_TOKEN = var.token
    COMPAT_BOARD_DATABASE = join("", [
      "postgresql://${local.database}:${urlencode(var.database_password)}",
      "@${aws_db_instance.this.endpoint}/${local.database}?sslmode=require",
    ])
  })
}
