# Copy, and give the file to `terraform plan -var-file=...`. Secrets come from the environment.
environment = "production"
region      = "eu-central-1"

# As `./pants run tools/cmd/images.py -- build` made it, and `docker push` named it.
board_image   = "REPOSITORY@sha256:DIGEST"
watcher_image = "REPOSITORY@sha256:DIGEST"

board_certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/ID"
board_address         = "https://board.example"
board_clients         = ["198.51.100.0/24"]

watcher_packages = ["httpx>=0.16", "django>=2.2.8"]
