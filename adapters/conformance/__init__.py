"""The suite that every platform has to pass, ours and other packages': `suite.Conformance` over a `world.World`.

For tests alone: it needs pytest and pytest-asyncio, which running Twoway does not. docs/how-to/add-a-platform.md walks
through a whole example.
"""
