from portal import footprint

if footprint.IS_SERVER:
    footprint.leave_out()  # here, because nothing of the portal is imported before
