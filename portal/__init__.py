from portal import footprint

if footprint.is_server():
    footprint.leave_out()  # here, because nothing of the portal is imported before
