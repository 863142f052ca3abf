# What the watcher remembers: one SQLite file, on a network file system, as a block volume of Fargate
# ends with its task. Such a file system has locks, which SQLite's rollback journal needs, and no
# memory that several hosts share, which its write-ahead log needs: https://www.sqlite.org/wal.html.
# The hourly check reads beside the watcher; of those that write there is one: see container.tf.

resource "aws_efs_file_system" "this" {
  creation_token = local.service.name
  encrypted      = true

  tags = { Name = local.service.name }

  lifecycle {
    # Without its memory the watcher would take what is on the index for what was always there.
    prevent_destroy = true
  }
}

resource "aws_efs_backup_policy" "this" {
  file_system_id = aws_efs_file_system.this.id

  backup_policy {
    status = "ENABLED"
  }
}

resource "aws_efs_mount_target" "this" {
  count = length(local.service.private_subnet_ids)

  file_system_id  = aws_efs_file_system.this.id
  subnet_id       = local.service.private_subnet_ids[count.index]
  security_groups = [aws_security_group.volume.id]
}

# The user of the image, and no other, in a folder of its own.
resource "aws_efs_access_point" "this" {
  file_system_id = aws_efs_file_system.this.id

  posix_user {
    uid = local.user
    gid = local.user
  }

  root_directory {
    path = "/state"

    creation_info {
      owner_uid   = local.user
      owner_gid   = local.user
      permissions = "0700"
    }
  }
}

# With a policy, nobody mounts it who is not named: not even from within the network.
data "aws_iam_policy_document" "volume" {
  statement {
    sid       = "Watcher"
    actions   = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
    resources = [aws_efs_file_system.this.arn]

    principals {
      type        = "AWS"
      identifiers = [aws_iam_role.run.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "elasticfilesystem:AccessPointArn"
      values   = [aws_efs_access_point.this.arn]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["true"]
    }
  }
}

resource "aws_efs_file_system_policy" "this" {
  file_system_id = aws_efs_file_system.this.id
  policy         = data.aws_iam_policy_document.volume.json
}
