"""Services that are looked things up in, by tools and by sources of research alike: how each is asked and read."""
