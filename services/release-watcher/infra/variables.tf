variable "name" {
  description = "What the names of all resources begin with."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,26}[a-z0-9]$", var.name))
    error_message = "Expected 3 to 28 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "vpc_id" {
  description = "The network."
  type        = string
}

variable "private_subnet_ids" {
  description = "Where container and volume are, with a way out to the index and to AWS."
  type        = list(string)

  validation {
    condition     = length(var.private_subnet_ids) >= 1
    error_message = "Expected one subnet at least."
  }
}

variable "cluster_arn" {
  description = "The ECS cluster."
  type        = string
}

variable "repository_arn" {
  description = "The ECR repository that the image is in."
  type        = string
}

variable "image" {
  description = "REPOSITORY@sha256:DIGEST, with or without a tag before the @."
  type        = string

  validation {
    condition     = can(regex("^[^@[:space:]]+@sha256:[0-9a-f]{64}$", var.image))
    error_message = "Expected an image with its digest, REPOSITORY@sha256:DIGEST: a tag can come to mean another image."
  }
}

variable "packages" {
  description = "The packages to watch, such as httpx>=0.16."
  type        = list(string)

  validation {
    condition     = length(var.packages) > 0 && alltrue([for package in var.packages : can(regex("^[A-Za-z0-9]", package))])
    error_message = "Expected packages such as httpx>=0.16, one at least."
  }
}

variable "slack_webhook_url" {
  description = "The webhook, in Slack's format, that hears of releases. Written only into the secret."
  type        = string
  sensitive   = true
  ephemeral   = true

  validation {
    condition     = startswith(var.slack_webhook_url, "https://")
    error_message = "Expected a URL that begins with https://."
  }
}

variable "trigger_webhook_url" {
  description = "The webhook that starts an update; empty for none. Written only into the secret."
  type        = string
  default     = ""
  sensitive   = true
  ephemeral   = true

  validation {
    condition     = var.trigger_webhook_url == "" || startswith(var.trigger_webhook_url, "https://")
    error_message = "Expected nothing, or a URL that begins with https://."
  }
}

variable "trigger_webhook_token" {
  description = "What that webhook wants to be shown; empty for nothing. Written only into the secret."
  type        = string
  default     = ""
  sensitive   = true
  ephemeral   = true
}

variable "secrets_version" {
  description = "Raise it when a webhook or its token has changed: only then are they written."
  type        = number
}

variable "log_days" {
  description = "How long log lines are kept, in days."
  type        = number
  default     = 30
}

variable "alarm_topic_arns" {
  description = "The SNS topics that alarms are sent to; with none, they are seen in the console alone."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.alarm_topic_arns : can(regex("^arn:[a-z-]+:sns:", arn))])
    error_message = "Expected ARNs of SNS topics."
  }
}
