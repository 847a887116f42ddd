"""What providers share: server-sent events, the HTTP transport, the translation of errors, the relay to `emit`."""
