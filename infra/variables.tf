variable "name" {
  description = "What the names of all resources begin with."
  type        = string
  default     = "version-matrix"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.name))
    error_message = "Expected 3 to 20 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "environment" {
  description = "What this installation is for, such as production or staging; a tag on all resources."
  type        = string
}

variable "region" {
  description = "The AWS region, such as eu-central-1."
  type        = string
}

variable "cidr_block" {
  description = "The private addresses of the network, a /16 to /20."
  type        = string
  default     = "10.40.0.0/16"

  validation {
    condition     = can(regex("/(16|17|18|19|20)$", var.cidr_block)) && can(cidrhost(var.cidr_block, 0))
    error_message = "Expected an IPv4 network from /16 to /20, such as 10.40.0.0/16."
  }
}

variable "board_image" {
  description = "The image of compat-board: REPOSITORY@sha256:DIGEST."
  type        = string
}

variable "board_certificate_arn" {
  description = "The ACM certificate that the board answers with."
  type        = string
}

variable "board_address" {
  description = "Where people find the board, https://HOST: a name that the certificate is for."
  type        = string
}

variable "board_clients" {
  description = "The networks that may reach the board."
  type        = set(string)
}

variable "board_database_password" {
  description = "The password of the board's database. Never stored: see secrets_version."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "board_token" {
  description = "The token that whoever sends results to the board must show. Never stored."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "watcher_image" {
  description = "The image of release-watcher: REPOSITORY@sha256:DIGEST."
  type        = string
}

variable "watcher_packages" {
  description = "The packages to watch, such as httpx>=0.16."
  type        = list(string)
}

variable "watcher_slack_webhook_url" {
  description = "The webhook, in Slack's format, that hears of releases. Never stored."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "watcher_trigger_webhook_url" {
  description = "The webhook that starts an update; empty for none. Never stored."
  type        = string
  default     = ""
  sensitive   = true
  ephemeral   = true
}

variable "watcher_trigger_webhook_token" {
  description = "What that webhook wants to be shown; empty for nothing. Never stored."
  type        = string
  default     = ""
  sensitive   = true
  ephemeral   = true
}

variable "watcher_alarm_topic_arns" {
  description = "The SNS topics that the watcher's alarms are sent to; with none, they are seen in the console alone."
  type        = set(string)
  default     = []
}

variable "secrets_version" {
  description = "Raise it when a password, token or URL has changed: only then are they written."
  type        = number
  default     = 1

  validation {
    condition     = var.secrets_version >= 1 && floor(var.secrets_version) == var.secrets_version
    error_message = "Expected a whole number from 1."
  }
}
