"""The goals: thin, they read options, ask the engine, write and print."""
