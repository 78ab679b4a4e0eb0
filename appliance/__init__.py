"""The appliance: calls, media, flows, records. `drivers` lies below it, `webui` above it."""
