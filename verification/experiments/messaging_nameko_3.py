"""The experiments with nameko, with its third release."""

from __future__ import annotations

import messaging_nameko

LOT = "messaging-3"

__all__ = ["messaging_nameko"]
