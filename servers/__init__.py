"""The servers, clients and codecs of Live Wire, in three rooms.

`servers.wire` knows what bytes mean, `servers.network` how they travel and how they
are recorded, `servers.live` who talks. `wire` imports neither of the others, `network`
does not import `live`.
"""
