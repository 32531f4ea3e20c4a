"""Who is told what, and the life of one message from the event that asks for it to its acceptance."""
