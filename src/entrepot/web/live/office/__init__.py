"""Live documents: the rooms in which several people edit a text or a sheet at once, over the protocol of Yjs."""
