"""What gunicorn serves."""

import gc
import os

from config import Settings
from portal.app import create_app

os.umask(0o077)  # the database, mail and uploads are nobody else's to read
app = create_app(Settings.from_env(os.environ))
gc.freeze()  # what is loaded stays, so no collection needs to look at it again
