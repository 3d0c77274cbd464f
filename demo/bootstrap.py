"""Makes .venv and installs a lock into it: `python demo/bootstrap.py LOCK [LOCK ...]`. Standard library only.

Kept free of newer syntax, so that an old Python can still say in one line that it is too old.
"""

import hashlib
import os
import subprocess
import sys

NEEDED = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
LOG = os.path.join(ROOT, ".venv-install.log")


def too_old(version):
    """One line, or nothing."""
    if tuple(version[:2]) >= NEEDED:
        return ""
    return "Gatehouse needs Python %d.%d or newer; this is %d.%d. Install a newer one and run make again." % (
        NEEDED + tuple(version[:2])
    )


def stop(line):
    sys.stderr.write(line + "\n")
    sys.exit(1)


def works():
    """A virtual environment whose Python was removed or is older is made anew."""
    check = "import sys; sys.exit(sys.version_info[:2] < (3, 11))"
    return os.path.exists(PYTHON) and subprocess.call([PYTHON, "-c", check]) == 0


def make_venv():
    if works():
        return
    done = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", VENV], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode:
        stop("Cannot make .venv: this Python has no venv module. On Debian and Ubuntu: apt install python3-venv")


def fingerprint(locks):
    found = hashlib.sha256()
    for lock in locks:
        with open(os.path.join(ROOT, lock), "rb") as file:
            found.update(file.read())
    return found.hexdigest()


def install(locks):
    stamp, wanted = (
        os.path.join(VENV, "installed-" + "-".join(name.replace("/", "_") for name in locks)),
        fingerprint(locks),
    )
    if os.path.exists(stamp):
        with open(stamp) as file:
            if file.read() == wanted:
                return
    sys.stdout.write("Installing packages (once; about a minute) ...\n")
    sys.stdout.flush()
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    for lock in locks:
        command += ["-r", os.path.join(ROOT, lock)]
    with open(LOG, "wb") as log:
        if subprocess.call(command, stdout=log, stderr=log):
            stop("The packages could not be installed; see %s for why. Run make again to retry." % os.path.relpath(LOG))
    with open(stamp, "w") as file:
        file.write(wanted)


if __name__ == "__main__":
    if too_old(sys.version_info):
        stop(too_old(sys.version_info))
    import fcntl

    with open(os.path.join(ROOT, ".bootstrap.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two makes at once must not write into one another
        make_venv()
        install(sys.argv[1:])
