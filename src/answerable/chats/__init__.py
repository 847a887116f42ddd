"""Conversations: branches, search, transfer."""
