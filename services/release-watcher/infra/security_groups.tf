# Nothing comes in: the watcher asks, and is not asked.

resource "aws_security_group" "container" {
  name        = "${var.name}-container"
  description = "The container of ${var.name}."
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_egress_rule" "https" {
  description       = "To the index, the webhook and AWS."
  security_group_id = aws_security_group.container.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "volume" {
  description                  = "To the volume."
  security_group_id            = aws_security_group.container.id
  referenced_security_group_id = aws_security_group.volume.id
  ip_protocol                  = "tcp"
  from_port                    = 2049
  to_port                      = 2049
}

resource "aws_security_group" "volume" {
  name        = "${var.name}-volume"
  description = "The volume of ${var.name}."
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "volume" {
  description                  = "From the container."
  security_group_id            = aws_security_group.volume.id
  referenced_security_group_id = aws_security_group.container.id
  ip_protocol                  = "tcp"
  from_port                    = 2049
  to_port                      = 2049
}
