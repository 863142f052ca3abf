resource "aws_db_subnet_group" "this" {
  name       = local.service.name
  subnet_ids = local.service.private_subnet_ids
}

resource "aws_db_parameter_group" "this" {
  name_prefix = "${local.service.name}-"
  family      = "postgres17"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "this" {
  identifier = local.service.name

  # The same PostgreSQL as in infra/images.lock.
  engine                     = "postgres"
  engine_version             = "17"
  auto_minor_version_upgrade = true
  instance_class             = var.database_instance_class
  multi_az                   = true
  parameter_group_name       = aws_db_parameter_group.this.name

  allocated_storage     = var.database_storage
  max_allocated_storage = 5 * var.database_storage
  storage_encrypted     = true

  db_name             = local.database
  username            = local.database
  password_wo         = var.database_password
  password_wo_version = local.service.secrets_version

  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [aws_security_group.database.id]
  publicly_accessible    = false

  backup_retention_period   = 14
  copy_tags_to_snapshot     = true
  deletion_protection       = true
  skip_final_snapshot       = false
  final_snapshot_identifier = "${local.service.name}-final"

  enabled_cloudwatch_logs_exports = ["postgresql"]
}
