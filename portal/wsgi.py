"""What gunicorn serves."""

import os

from config import Settings
from portal.app import create_app

app = create_app(Settings.from_env(os.environ))
