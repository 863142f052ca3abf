"""The goals: thin, they read options, ask the engine, write and print.

In: the command line. Out: an exit code.
It may import every room.
"""
