"""Backends that people bring, on tiny random-weight models of the real classes, made and saved on the spot."""

from __future__ import annotations
