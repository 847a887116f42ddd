"""Policies on a request. So far: which models there are."""
