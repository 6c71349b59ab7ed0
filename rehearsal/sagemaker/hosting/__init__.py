"""Hosting: models, endpoint configurations, endpoints that really predict, and their runtime."""
