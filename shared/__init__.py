"""The plumbing every service stands on: envelope, store, relay, delivery, timers, HTTP edge, identity, telemetry."""
