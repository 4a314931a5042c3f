"""What gunicorn serves."""

import gc
import os
import sys

import structlog

from config import Settings
from portal.app import create_app

os.umask(0o077)  # the database, mail and uploads are nobody else's to read
if not sys.stdout.isatty():  # read by programs then, line by line
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper("iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        cache_logger_on_first_use=True,
    )
app = create_app(Settings.from_env(os.environ))
gc.freeze()  # what is loaded stays, so no collection needs to look at it again
