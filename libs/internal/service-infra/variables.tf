variable "service" {
  description = "What whoever runs services gives each of them: a name, a network, a cluster, an image."
  type = object({
    # What the names of all resources begin with.
    name = string
    # The network, and where in it containers are, with a way out to AWS.
    vpc_id             = string
    private_subnet_ids = list(string)
    # The ECS cluster.
    cluster_arn = string
    # REPOSITORY@sha256:DIGEST, with or without a tag before the @, and the ECR repository that it is in.
    image          = string
    repository_arn = string
    # Raise it when a secret has changed: only then are they written.
    secrets_version = number
    # How long log lines are kept.
    log_days = optional(number, 30)
  })

  validation {
    # Load balancers have names of at most 32 characters.
    condition     = can(regex("^[a-z][a-z0-9-]{1,26}[a-z0-9]$", var.service.name))
    error_message = "Expected a name of 3 to 28 lower-case letters, digits and hyphens, a letter first."
  }

  validation {
    condition     = length(var.service.private_subnet_ids) >= 1
    error_message = "Expected one private subnet at least."
  }

  validation {
    condition     = can(regex("^[^@[:space:]]+@sha256:[0-9a-f]{64}$", var.service.image))
    error_message = "Expected an image with its digest, REPOSITORY@sha256:DIGEST: a tag can come to mean another image."
  }
}

variable "secrets" {
  description = "Values by the names of the variables that containers get them in. Written only into the secret."
  type        = map(string)
  sensitive   = true
  ephemeral   = true

  validation {
    condition     = toset(keys(var.secrets)) == var.secret_names
    error_message = "Expected a secret for each of secret_names, and no other."
  }
}

variable "secret_names" {
  description = "The same names again: of a secret, Terraform shows not even those."
  type        = set(string)

  validation {
    condition     = length(var.secret_names) >= 1
    error_message = "Expected one name at least."
  }
}

variable "environment" {
  description = "The other variables of the containers, by their names."
  type        = map(string)
}
