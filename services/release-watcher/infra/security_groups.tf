# Nothing comes in: the watcher asks, and is not asked.

resource "aws_vpc_security_group_egress_rule" "volume" {
  description                  = "To the volume."
  security_group_id            = module.service.security_group_id
  referenced_security_group_id = aws_security_group.volume.id
  ip_protocol                  = "tcp"
  from_port                    = 2049
  to_port                      = 2049
}

resource "aws_security_group" "volume" {
  name        = "${local.service.name}-volume"
  description = "The volume of ${local.service.name}."
  vpc_id      = local.service.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "volume" {
  description                  = "From the container."
  security_group_id            = aws_security_group.volume.id
  referenced_security_group_id = module.service.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 2049
  to_port                      = 2049
}
