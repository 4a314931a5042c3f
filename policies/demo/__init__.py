"""The demo's policies and service directory."""
