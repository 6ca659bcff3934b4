"""What each command does, without a terminal, a clock or the environment: one module a command. `library` has
what Python alone is offered."""
