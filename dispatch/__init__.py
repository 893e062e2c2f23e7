"""Shared ambulance dispatch and blood supply for Changsha, Zhuzhou and Xiangtan."""

import os

# Before any import of Textual: with the Kitty "all keys" mode on, a commit of a Chinese input
# method arrives as dozens of stray keys, which could fire hot keys.
os.environ.setdefault("TEXTUAL_DISABLE_KITTY_KEY", "1")

__version__ = "0.1.0"
