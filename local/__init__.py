"""What runs on a person's machine: the command line, the simulators and the local stack. Never deployed."""
