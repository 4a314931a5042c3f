"""What gunicorn serves."""

import os

from config import Settings
from portal.app import create_app

os.umask(0o077)  # the database, mail and uploads are nobody else's to read
app = create_app(Settings.from_env(os.environ))
