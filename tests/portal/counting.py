"""Settings of a process that counts, for the test of several."""

import os

from portal.settings.test import *  # noqa: F403

METRICS_DIR = os.environ["METRICS_HERE"]
