# Nothing comes in unless the service says so, and out goes what AWS needs.

resource "aws_security_group" "container" {
  name        = "${var.service.name}-container"
  description = "The containers of ${var.service.name}."
  vpc_id      = var.service.vpc_id
}

resource "aws_vpc_security_group_egress_rule" "https" {
  description       = "To AWS (the image, the secret, the log), and to what else the service asks."
  security_group_id = aws_security_group.container.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
