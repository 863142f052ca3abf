# The policy of the volume names this role: it needs none of its own.
resource "aws_iam_role" "run" {
  name_prefix        = "${local.service.name}-"
  description        = "Is the container of ${local.service.name}."
  assume_role_policy = module.service.assume_role_policy
}
