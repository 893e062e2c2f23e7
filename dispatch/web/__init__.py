"""The door of the consoles in browsers: pages, sessions, sockets, and a console process behind each of them.

textual-serve brings the terminal that runs in the browser and the way it speaks to a console; it has no
sign-in of its own. Everything here stands around it, and only here is aiohttp imported.
"""
