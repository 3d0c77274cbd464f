"""What operations staff do at any scale: choose, look at what it would do, give a reason, and let a job do it."""
