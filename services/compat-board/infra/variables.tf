variable "service" {
  description = "Name, network, cluster, image: see libs/internal/service-infra, which checks them."
  type        = any

  validation {
    condition     = length(var.service.private_subnet_ids) >= 2
    error_message = "A database needs subnets in two zones."
  }
}

variable "public_subnet_ids" {
  description = "Where the load balancer is, in two zones at least."
  type        = list(string)

  validation {
    condition     = length(var.public_subnet_ids) >= 2
    error_message = "A load balancer needs subnets in two zones."
  }
}

variable "certificate_arn" {
  description = "The ACM certificate that the load balancer answers with."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:acm:", var.certificate_arn))
    error_message = "Expected the ARN of an ACM certificate."
  }
}

variable "address" {
  description = "Where people find the board, https://HOST: a name that the certificate is for."
  type        = string

  validation {
    condition     = can(regex("^https://[A-Za-z0-9.-]+$", var.address))
    error_message = "Expected https://HOST, without a path."
  }
}

variable "clients" {
  description = "The IPv4 networks that may reach the load balancer."
  type        = set(string)

  validation {
    condition     = length(var.clients) > 0 && alltrue([for network in var.clients : can(cidrhost(network, 0))])
    error_message = "Expected networks such as 198.51.100.0/24, one at least."
  }
}

variable "database_password" {
  description = "The password of the database. Written where it is needed, and in no state or plan."
  type        = string
  sensitive   = true
  ephemeral   = true

  validation {
    # RDS admits no /, @, " or space.
    condition     = can(regex("^[!#-.0-?A-~]{16,128}$", var.database_password))
    error_message = "Expected 16 to 128 printable ASCII characters without / @ \" and space."
  }
}

variable "token" {
  description = "The token that whoever sends results must show. Written only into the secret."
  type        = string
  sensitive   = true
  ephemeral   = true

  validation {
    condition     = length(var.token) >= 32
    error_message = "Expected 32 characters at least, such as the output of `openssl rand -hex 32`."
  }
}

variable "replicas" {
  description = "How many containers answer."
  type        = number
  default     = 2

  validation {
    condition     = var.replicas >= 1
    error_message = "Expected 1 at least."
  }
}

variable "cpu" {
  description = "CPU of a container, in 1/1024 of a core; Fargate admits few values."
  type        = number
  default     = 512

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096], var.cpu)
    error_message = "Expected 256, 512, 1024, 2048 or 4096."
  }
}

variable "memory" {
  description = "Memory of a container, in MiB; Fargate wants twice the CPU's number at least."
  type        = number
  default     = 1024

  validation {
    condition     = var.memory >= 2 * var.cpu && var.memory <= 8 * var.cpu
    error_message = "Expected 2 to 8 times the number of cpu."
  }
}

variable "database_instance_class" {
  description = "The size of the database."
  type        = string
  default     = "db.t4g.small"
}

variable "database_storage" {
  description = "Storage of the database, in GiB; it grows by itself to five times that."
  type        = number
  default     = 20

  validation {
    condition     = var.database_storage >= 20
    error_message = "Expected 20 at least."
  }
}
