#!/usr/bin/env python
"""Django's command line for Gatehouse. Settings default to the embedded set-up."""

import os
import sys

from django.core.management import execute_from_command_line

from portal import start

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.local")
    os.environ.setdefault("GATEHOUSE_PROCESS", "manage")
    start.load_settings()
    execute_from_command_line(sys.argv)
