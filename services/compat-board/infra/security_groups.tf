# clients -> load balancer -> container -> database, and nothing else comes in.

resource "aws_security_group" "load_balancer" {
  name        = "${local.service.name}-load-balancer"
  description = "The load balancer of ${local.service.name}."
  vpc_id      = local.service.vpc_id
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
  referenced_security_group_id = module.service.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
}

resource "aws_vpc_security_group_ingress_rule" "container" {
  description                  = "From the load balancer."
  security_group_id            = module.service.security_group_id
  referenced_security_group_id = aws_security_group.load_balancer.id
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
}

resource "aws_vpc_security_group_egress_rule" "database" {
  description                  = "To the database."
  security_group_id            = module.service.security_group_id
  referenced_security_group_id = aws_security_group.database.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_security_group" "database" {
  name        = "${local.service.name}-database"
  description = "The database of ${local.service.name}."
  vpc_id      = local.service.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "database" {
  description                  = "From the containers."
  security_group_id            = aws_security_group.database.id
  referenced_security_group_id = module.service.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}
