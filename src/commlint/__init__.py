"""commlint finds where the communication between Python services is fragile."""

__version__ = "0.1.0"
