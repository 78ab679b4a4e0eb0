"""Voice modems (ITU-T V.253): one outside line each, to try the box with or to take voicemail, not for agents' talk."""
