"""Rules and the engine that runs them. Pure: sees the world only through a Snapshot."""
