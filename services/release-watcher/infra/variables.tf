variable "service" {
  description = "Name, network, cluster, image: see libs/internal/service-infra, which checks them."
  type        = any
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

variable "alarm_topic_arns" {
  description = "The SNS topics that alarms are sent to; with none, they are seen in the console alone."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.alarm_topic_arns : can(regex("^arn:[a-z-]+:sns:", arn))])
    error_message = "Expected ARNs of SNS topics."
  }
}
