# clients -> load balancer -> container -> database, and nothing else comes in.

resource "aws_security_group" "load_balancer" {
  name        = "${var.name}-load-balancer"
  description = "The load balancer of ${var.name}."
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  for_each = {
    for pair in setproduct(var.clients, [80, 443]) : "${pair[0]}:${pair[1]}" => pair
  }

  description       = "Clients; port 80 only redirects."
  security_group_id = aws_security_group.load_balancer.id
  cidr_ipv4         = each.value[0]
  ip_protocol       = "tcp"
  from_port         = each.value[1]
  to_port           = each.value[1]
}

resource "aws_vpc_security_group_egress_rule" "load_balancer" {
  description                  = "To the containers."
  security_group_id            = aws_security_group.load_balancer.id
  referenced_security_group_id = aws_security_group.container.id
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
}

resource "aws_security_group" "container" {
  name        = "${var.name}-container"
  description = "The containers of ${var.name}."
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "container" {
  description                  = "From the load balancer."
  security_group_id            = aws_security_group.container.id
  referenced_security_group_id = aws_security_group.load_balancer.id
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
}

resource "aws_vpc_security_group_egress_rule" "aws" {
  description       = "To AWS: the image, the secret, the log."
  security_group_id = aws_security_group.container.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "database" {
  description                  = "To the database."
  security_group_id            = aws_security_group.container.id
  referenced_security_group_id = aws_security_group.database.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_security_group" "database" {
  name        = "${var.name}-database"
  description = "The database of ${var.name}."
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "database" {
  description                  = "From the containers."
  security_group_id            = aws_security_group.database.id
  referenced_security_group_id = aws_security_group.container.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}
