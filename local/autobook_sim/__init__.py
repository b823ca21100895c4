"""Stand-ins for the systems around Autobook, over real HTTP. `autobook-sim kanbert --port 0` starts one.

The first line of output is `listening on http://127.0.0.1:PORT`.
"""
