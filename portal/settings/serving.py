"""Where the web server listens, and how many processes, threads and database connections it has (portal/serve.py)."""

from portal import env

WEB_HOST = env.text("WEB_HOST", "127.0.0.1")
WEB_PORT = env.integer("WEB_PORT", 8000, least=1, most=65535)
WEB_WORKERS = env.integer("WEB_WORKERS", 2, least=1, most=64)
WEB_THREADS = env.integer("WEB_THREADS", 4, least=1, most=64)
# A thread needs one connection at a time, and keeps it between two calls. One more is for what the process does by
# itself meanwhile: what it noticed is written every ten seconds, and its health is looked at.
DATABASE_POOL = env.integer("DATABASE_POOL", WEB_THREADS + 1, least=1, most=200)
