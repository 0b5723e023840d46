"""The ways in and out: HTTP, the live stream, webhooks, the console and the command line."""
