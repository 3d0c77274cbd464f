"""The mail server: any SMTP server, by environment variables."""

from portal import env

EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.integer("EMAIL_PORT", 25, least=1, most=65535)
EMAIL_HOST_USER = env.text("EMAIL_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_PASSWORD", "")
# starttls: encrypted after the greeting (587); tls: from the first byte (465); none: a relay on this machine.
EMAIL_SECURITY = env.choice(
    "EMAIL_SECURITY",
    "none" if EMAIL_HOST in {"localhost", "127.0.0.1", "::1"} else "starttls",
    "starttls",
    "tls",
    "none",
)
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL_SECURITY == "starttls", EMAIL_SECURITY == "tls"
EMAIL_TIMEOUT = env.integer("EMAIL_TIMEOUT", 20, least=1, most=120)
