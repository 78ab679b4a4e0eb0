"""The LAN web user interface: HTTP API, live WebSocket and the built front end. Never touches a card or a sample."""
